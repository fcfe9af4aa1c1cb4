import { clip } from '../../shared/clip.ts';
import { collectorPrefix } from '../../shared/collector-key.ts';
import { type HostRef, isRecord } from '../../shared/observation.ts';
import { readBaselines } from './baselines.ts';
import type { IncidentModel } from './incident-model.ts';
import type { LogQuestions } from './log-questions.ts';
import type { Problem } from './problem.ts';
import { badRequest } from './query.ts';
import type { StatusBoard } from './status-board.ts';

/** The host of that id or name: one whose collector speaks, or one that has incidents or baselines. */
export async function findHost(
  wanted: string,
  from: { readonly status: StatusBoard; readonly model: IncidentModel; readonly questions: LogQuestions },
): Promise<HostRef | Problem> {
  const { status, model, questions } = from;
  const troubled = model.list({ limit: Number.POSITIVE_INFINITY }).incidents.map(({ host }) => host);
  const speaking = [...troubled, ...status.list().flatMap((one) => hostIn(one.status) ?? [])];
  const found = hostsCalled(wanted, speaking);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const learned = (await questions.ask(readBaselines)).map(({ host }) => host);
  const [host, ...more] = hostsCalled(wanted, [...speaking, ...learned]);
  if (host === undefined) return noHost;
  return more.length > 0 ? badRequest('host: several hosts have this name; give the id') : host;
}

/**
 * The host of that id or name whose collector ended without a farewell, or with one: who speaks is not gone.
 * What does not know its host yet goes by the end of its key.
 */
export function findSilentHost(wanted: string, status: Pick<StatusBoard, 'list'>): HostRef | Problem {
  const collectors = status.list().flatMap(({ process, gone, status: said }) => {
    if (!process.startsWith(collectorPrefix)) return [];
    const id = process.slice(collectorPrefix.length);
    return [{ id, name: hostIn(said)?.name ?? id, speaks: !gone && said.stopped !== true }];
  });
  const [host, ...more] = hostsCalled(wanted, collectors);
  if (host === undefined) return noCollector(collectors);
  if (more.length > 0) return badRequest('host: several hosts have this name; give the id');
  const speaks = collectors.some((one) => one.id === host.id && one.speaks);
  return speaks ? stillSpeaks(host) : { id: host.id, name: host.name };
}

/** An id is one host, whatever else has it as a name. */
function hostsCalled(wanted: string, hosts: readonly HostRef[]): readonly HostRef[] {
  const byId = new Map(hosts.map((host) => [host.id, host]));
  const exact = byId.get(wanted);
  return exact === undefined ? [...byId.values()].filter(({ name }) => name === wanted) : [exact];
}

function hostIn({ host }: Readonly<Record<string, unknown>>): HostRef | undefined {
  if (!isRecord(host) || typeof host.id !== 'string' || typeof host.name !== 'string') return undefined;
  return { id: host.id, name: host.name };
}

const mostNamed = 20;

function noCollector(known: readonly HostRef[]): Problem {
  const names = [...new Set(known.map(({ name }) => clip(name, 80)))].sort();
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  const list = names.length === 0 ? 'none' : `${names.slice(0, mostNamed).join(', ')}${more}`;
  return {
    status: 404,
    code: 'unknown-host',
    message: `no host of this id or name is watched; known are: ${list}`,
    fix: 'see GET /api/v1/status, or `moorwatch status`',
  };
}

const stillSpeaks = ({ name }: HostRef): Problem => ({
  status: 409,
  code: 'host-speaks',
  message: `the collector of ${clip(name, 80)} speaks, or did within the last two minutes: it is not gone`,
  fix: 'stop that collector first, in order where you can; after `kill -9` wait two minutes',
});

const noHost: Problem = {
  status: 404,
  code: 'unknown-host',
  message: 'no host of this id or name speaks, or has incidents or baselines',
  fix: 'see `moorwatch status` and `moorwatch baselines list` (GET /api/v1/status and /api/v1/baselines)',
};
