import { openKafkaBus } from '../../../shared/bus/kafka/bus.ts';
import type { Bus } from '../../../shared/bus/port.ts';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import { identityStage, specsOf, topicsOf, type Work } from './identity.ts';

/** A process that is a member of a group (see takeover.ts): `member.ts ORDER`, JSON. It writes its name into the key of each output. */
export interface MemberOrder {
  readonly name: string;
  readonly work: Work;
  readonly log: { readonly broker: string } | { readonly path: string };
}

/** Opens the log of an order. */
export function openLog({ log, work }: Pick<MemberOrder, 'log' | 'work'>): Promise<Bus> {
  const topics = specsOf(work);
  if ('path' in log) return openSqliteBus({ path: log.path, synchronous: 'normal', topics });
  return openKafkaBus({ brokers: [log.broker], clientId: 'member', topicPrefix: 'takeover.', topics, replication: 1 });
}

export const takeoverGroup = 'takeover';

if (process.argv[1] === import.meta.filename) {
  const order = JSON.parse(process.argv[2] ?? '') as MemberOrder;
  const bus = await openLog(order);
  const stage = identityStage(order.work, () => undefined, order.name);
  await bus.process(takeoverGroup, topicsOf(order.work).in, stage).ready;
}
