import { mergeMap, type Observable } from 'rxjs';
import type { Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { Redactor } from '../../shared/redact.ts';
import { execFacts } from '../engine/facts/exec.ts';
import type { FeedItem } from '../engine/feed.ts';
import type { ExecInspect } from '../engine/inspect-types.ts';
import type { Sensor } from '../sensor.ts';
import { eventBase } from './engine-event.ts';

/** Who runs what in a container through the engine. */
export function createExecSensor({ feed$, redactor }: { feed$: Observable<FeedItem>; redactor: Redactor }): Sensor {
  return {
    name: 'exec',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => feed$.pipe(mergeMap((item) => (item.kind === 'event' ? observed(item, redactor) : []))),
  };
}

function observed({ host, prepared, known }: Extract<FeedItem, { kind: 'event' }>, redactor: Redactor): Observation[] {
  const { event, exec: record, passwd } = prepared;
  if (event.type !== 'container' || !event.action.startsWith('exec_')) return [];
  const container = known?.snapshot.container;
  const id = record?.id ?? '';
  const exec = execFacts(withoutSecrets(record?.inspect, redactor), {
    id,
    text: redactor.text(record?.text ?? event.text),
    container,
    passwd,
  });
  const base = eventBase(event, { host, known });
  const outcome =
    exec.exit_code === undefined || event.action !== 'exec_die'
      ? {}
      : ({ outcome: exec.exit_code === 0 ? 'success' : 'failure' } as const);
  return [
    {
      id: observationId.engineEvent(host.id, {
        nano: event.nano,
        type: event.type,
        action: event.action,
        actor: event.actor,
        exec: id,
      }),
      kind: 'exec',
      ...base,
      event: { ...base.event, ...outcome },
      exec,
      process: {
        ...(exec.pid === undefined ? {} : { pid: exec.pid }),
        args: exec.args,
        command_line: exec.command,
        ...(exec.args[0]?.startsWith('/') ? { executable: exec.args[0] } : {}),
        name: exec.args[0]?.split('/').at(-1) ?? '',
        user: {
          ...(typeof exec.uid === 'number' ? { id: exec.uid } : {}),
          ...(exec.user === undefined ? {} : { name: exec.user }),
        },
      },
    },
  ];
}

/** Before facts are made: the health check that they are compared with was redacted alike. */
function withoutSecrets(inspect: ExecInspect | undefined, redactor: Redactor): ExecInspect | undefined {
  const config = inspect?.ProcessConfig;
  if (config === undefined) return inspect;
  const [entrypoint = '', ...rest] = redactor.args([config.entrypoint ?? '', ...(config.arguments ?? [])]);
  return { ...inspect, ProcessConfig: { ...config, entrypoint, arguments: rest } };
}
