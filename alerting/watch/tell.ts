import { partitionOf } from '../../shared/bus/murmur2.ts';
import type { NewRecord } from '../../shared/bus/port.ts';
import type { Finding, FindingRecord } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import { monitorHost } from '../../shared/monitor-host.ts';
import { type Standstill, standstillKey, standstillText } from '../../shared/standstill.ts';
import { traceparentOf } from '../../shared/trace-context.ts';

/** The finding that tells a standstill: of the same one always the same, whichever process tells it. @param partitions of the topic `findings` */
export function findingRecord(standstill: Standstill, partitions: number): NewRecord {
  const { of, partition, offset, since } = standstill;
  const id = findingId(standstill);
  const host = hostOf(standstill, partitions);
  const [kind = ''] = of.split('/');
  const text = standstillText(standstill);
  const finding: Finding = {
    id,
    at: since,
    detectedAt: since,
    kind: 'signature',
    nature: 'condition',
    severity: 'high',
    rule: {
      id: `standstill/${kind}`,
      // The title of its incident: there is one for each part that stands.
      title: text,
      catalogue: ['MON-03'],
      techniques: ['T1685'],
      tactics: ['defense-impairment'],
      hash: '',
    },
    ruleSet: 'alerting',
    summary: `${text} (record ${offset} of partition ${partition})`,
    host,
    observation: { id: deriveId('observation', id), kind: 'monitor', at: since, partition, offset },
    coverage: { tier: 'log' },
    subject: standstillKey(standstill),
    traceparent: traceparentOf(id),
  };
  return { key: host.id, value: JSON.stringify({ type: 'finding', finding } satisfies FindingRecord), at: since };
}

/** That it is over. Told twice it is the same. */
export function endedRecord(
  standstill: Standstill,
  partitions: number,
  over: { at: number; reason: string },
): NewRecord {
  const host = hostOf(standstill, partitions);
  const ended: FindingRecord = {
    type: 'ended',
    id: findingId(standstill),
    subject: standstillKey(standstill),
    host,
    lineage: '',
    ...over,
  };
  return { key: host.id, value: JSON.stringify(ended), at: over.at };
}

const findingId = (standstill: Standstill): string =>
  deriveId('standstill', standstillKey(standstill), standstill.since);

/**
 * The host under which it is told: one for each sink and each stage, so each has an incident of its own. Where a partition of the incident stage itself stands,
 * the name is one that another partition takes: the one that stands could not tell it.
 */
function hostOf({ of, partition }: Standstill, partitions: number): Finding['host'] {
  const [kind] = of.split('/');
  if (kind !== 'alerting') return monitorHost(kind === 'analyzer' ? 'analyzer' : of);
  const names = Array.from({ length: partitions > 1 ? 100 : 1 }, (_, n) => monitorHost(n === 0 ? of : `${of}/${n}`));
  return names.find(({ id }) => partitionOf(id, partitions) !== partition) ?? monitorHost(of);
}
