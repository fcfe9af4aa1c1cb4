import { mergeMap, type Observable } from 'rxjs';
import { pathsNamed } from '../../shared/clean-path.ts';
import { deriveId } from '../../shared/hash.ts';
import type { ExecFacts, Observation, ProcessFacts } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { Redactor } from '../../shared/redact.ts';
import type { EngineEvent } from '../engine/event.ts';
import { execFacts } from '../engine/facts/exec.ts';
import type { FeedItem } from '../engine/feed.ts';
import type { ExecInspect } from '../engine/inspect-types.ts';
import { containerAt, type KnownContainer } from '../engine/inventory.ts';
import type { Sensor } from '../sensor.ts';
import type { Creators } from './api-sockets-creators.ts';
import { eventBase, trustedAttributes } from './engine-event.ts';

/** Who runs what in a container through the engine. */
interface ExecOptions {
  readonly feed$: Observable<FeedItem>;
  readonly redactor: Redactor;
  readonly creators?: Creators | undefined;
}

export function createExecSensor({ feed$, redactor, creators }: ExecOptions): Sensor {
  return {
    name: 'exec',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () =>
      feed$.pipe(
        mergeMap((item) => {
          if (item.kind === 'event') return observed(item, { redactor, creators });
          if (item.kind === 'exec-late') return observed(item, { redactor }).map(late);
          return item.kind === 'exec-refused' ? [refused(item, redactor)] : [];
        }),
      ),
  };
}

function observed(
  { host, prepared, known }: Pick<Extract<FeedItem, { kind: 'event' }>, 'host' | 'prepared' | 'known'>,
  { redactor, creators }: Pick<ExecOptions, 'redactor' | 'creators'>,
): Observation[] {
  const { event, exec: record, passwd } = prepared;
  if (event.type !== 'container' || !event.action.startsWith('exec_')) return [];
  const container = known?.snapshot.container;
  const facts = execFacts(withoutSecrets(record?.inspect, redactor), {
    id: record?.id ?? '',
    text: redactor.text(record?.text ?? event.text),
    container,
    passwd,
  });
  const { attributes } = trustedAttributes(event, known);
  const exec = {
    ...withExit(facts, event.action, attributes.exitCode),
    ...creatorOf(facts, { event, known, creators }),
  };
  const base = eventBase(event, { host, known });
  const outcome =
    exec.exit_code === undefined ? {} : ({ outcome: exec.exit_code === 0 ? 'success' : 'failure' } as const);
  // By the id as the engine sent it, not as it was found out: a replay may find out less.
  const said = { nano: event.nano, type: event.type, action: event.action, actor: event.actor };
  return [
    {
      id: observationId.engineEvent(host.id, { ...said, exec: event.attributes.execID ?? '' }),
      kind: 'exec',
      ...base,
      event: { ...base.event, ...outcome },
      exec,
      process: processOf(exec),
    },
  ];
}

/** Told once more, with facts this time: the same again would be taken for the first. */
const late = (observation: Observation): Observation => ({
  ...observation,
  id: deriveId(observation.host.id, 'exec-late', observation.id),
});

/** Who asked for it; and whoever has a process started where an API can be reached may ask for more. A health check is the engine's own. */
function creatorOf(
  { is_healthcheck }: ExecFacts,
  of: {
    readonly event: EngineEvent;
    readonly known: KnownContainer | undefined;
    readonly creators: Creators | undefined;
  },
): Pick<ExecFacts, 'creator'> {
  const { creators, known, event } = of;
  if (creators === undefined || is_healthcheck || event.action !== 'exec_start') return {};
  const request = { container: event.actor, at: event.at };
  const creator = creators.of(request);
  const container = known?.snapshot.container;
  if (container !== undefined) {
    const client = { container_id: event.actor, name: known?.name ?? '', image: container.image.name };
    creators.started({ ...request, client });
  }
  return creator === undefined ? {} : { creator };
}

/** EXE-05, L6: no event says that the runtime refused to start it. */
function refused(
  { host, exec: record, known, at }: Extract<FeedItem, { kind: 'exec-refused' }>,
  redactor: Redactor,
): Observation {
  const { id, text, inspect } = record;
  const container = known?.snapshot.container;
  const exec = execFacts(withoutSecrets(inspect, redactor), { id, text: redactor.text(text), container, passwd: null });
  return {
    id: deriveId(host.id, 'exec-refused', id),
    kind: 'exec',
    at,
    event: { source: 'exec-inspect', action: 'exec_refused', outcome: 'failure' },
    host,
    ...(known === undefined ? {} : containerAt(known, at)),
    exec,
    process: processOf(exec),
  };
}

/** How it ended is said of its end only: a short exec is over before its beginning was asked about. */
function withExit({ exit_code, ...exec }: ExecFacts, action: string, attribute: string | undefined): ExecFacts {
  if (action !== 'exec_die') return exec;
  const code = exit_code ?? (attribute !== undefined && /^\d{1,3}$/.test(attribute) ? Number(attribute) : undefined);
  return code === undefined ? exec : { ...exec, exit_code: code };
}

function processOf(exec: ExecFacts): ProcessFacts {
  const [program = ''] = exec.args;
  return {
    ...(exec.pid === undefined ? {} : { pid: exec.pid }),
    args: exec.args,
    paths: pathsNamed(exec.args),
    command_line: exec.command,
    ...(program.startsWith('/') ? { executable: program } : {}),
    name: program.split('/').at(-1) ?? '',
    user: {
      ...(typeof exec.uid === 'number' ? { id: exec.uid } : {}),
      ...(exec.user === undefined ? {} : { name: exec.user }),
    },
  };
}

/** Before facts are made: the health check that they are compared with was redacted alike. */
export function withoutSecrets(inspect: ExecInspect | undefined, redactor: Redactor): ExecInspect | undefined {
  const config = inspect?.ProcessConfig;
  if (config === undefined) return inspect;
  const [entrypoint = '', ...rest] = redactor.args([config.entrypoint ?? '', ...(config.arguments ?? [])]);
  return { ...inspect, ProcessConfig: { ...config, entrypoint, arguments: rest } };
}
