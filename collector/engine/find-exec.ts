import { deriveId } from '../../shared/hash.ts';
import type { EngineClient } from './client.ts';
import type { EngineEvent } from './event.ts';
import { parseExecInspect } from './inspect-parse.ts';
import type { ExecInspect } from './inspect-types.ts';

export interface ExecRecord {
  readonly id: string;
  readonly container: string;
  /** The command as the events give it. */
  readonly text: string;
  readonly inspect: ExecInspect | undefined;
  /** Events that were told of it. */
  readonly told: readonly string[];
}

/** What looking for an exec depends on. */
export interface ExecLookup {
  readonly client: Pick<EngineClient, 'inspectContainer' | 'inspectExec'>;
  /** Keys of the container's labels; undefined: the container is not known. */
  labelKeys(id: string): readonly string[] | undefined;
  readonly execs: Map<string, ExecRecord>;
  /** Runs one call at a time for each container. */
  search<T>(container: string, call: () => Promise<T>): Promise<T>;
  /** A request that failed for another reason than that the object is gone. */
  failed(request: string, error: unknown): void;
}

/** More live execs of one container than anybody has; no more are looked at. */
const mostCandidates = 50;
const mostExecs = 5_000;

/**
 * N7. The event's execID is taken at its word only where no label of the container could have written it (catalogue L1) and the engine does
 * not say that this exec is another container's; otherwise the exec is looked for among those of the container, by its command. Where the
 * labels are not known (the container is gone), the engine's word for whose it is has to do.
 */
export async function findExec(event: EngineEvent, context: ExecLookup): Promise<ExecRecord> {
  const claimed = event.attributes.execID ?? '';
  const labels = context.labelKeys(event.actor);
  const isId = /^[0-9a-f]{64}$/.test(claimed);
  if (isId && labels?.includes('execID') !== true) {
    const inspect = await inspected(claimed, event, context);
    const owner = inspect?.ContainerID ?? (labels === undefined ? undefined : event.actor);
    if (owner === event.actor) return remember(claimed, { event, inspect, context });
  }
  // One event of a container after the other: which exec has ended depends on which were found.
  const find = event.action === 'exec_die' ? ended : event.text === '' ? unnamed : byCommand;
  return context.search(event.actor, async () => {
    const found = await find(event, context);
    const [id, inspect] = found ?? [deriveId('exec', event.actor, event.nano), undefined];
    return remember(id, { event, inspect, context });
  });
}

interface Finding {
  readonly event: EngineEvent;
  readonly inspect: ExecInspect | undefined;
  readonly context: ExecLookup;
}

function remember(id: string, { event, inspect, context: { execs } }: Finding): ExecRecord {
  const known = execs.get(id);
  const text = event.text || (known?.text ?? '');
  const told = [...(known?.told ?? []), event.action];
  const record: ExecRecord = { id, container: event.actor, text, inspect: inspect ?? known?.inspect, told };
  execs.delete(id);
  execs.set(id, record);
  bound(execs);
  return record;
}

function bound(execs: Map<string, ExecRecord>): void {
  for (const oldest of execs.keys()) {
    if (execs.size <= mostExecs) return;
    execs.delete(oldest);
  }
}

/** undefined also when the question is refused: a proxy may not let it through. */
async function inspected(
  id: string,
  event: EngineEvent,
  { client, execs, failed }: ExecLookup,
): Promise<ExecInspect | undefined> {
  const known = execs.get(id)?.inspect;
  // Who runs what never changes; how it ended is there only afterwards.
  if (known !== undefined && event.action !== 'exec_die') return known;
  try {
    const inspect = await client.inspectExec(id);
    return inspect === undefined ? known : parseExecInspect(inspect, `inspect of exec ${id.slice(0, 12)}`);
  } catch (error) {
    failed('exec inspect', error);
    return known;
  }
}

type Candidate = readonly [id: string, inspect: ExecInspect];

async function candidates(ids: readonly string[], event: EngineEvent, context: ExecLookup): Promise<Candidate[]> {
  const open = ids.filter((id) => context.execs.get(id)?.told.includes(event.action) !== true).slice(-mostCandidates);
  const looked = await Promise.all(open.map(async (id) => [id, await inspected(id, event, context)] as const));
  // Asked again: another event may have taken one meanwhile.
  return looked.flatMap(([id, inspect]) =>
    inspect === undefined || context.execs.get(id)?.told.includes(event.action) === true ? [] : [[id, inspect]],
  );
}

/** An exec of the container with this command. Of several the privileged one: the others get their events too. */
async function byCommand(event: EngineEvent, context: ExecLookup): Promise<Candidate | undefined> {
  const matching = (await candidates(await liveExecs(event.actor, context), event, context)).filter(
    ([, { ProcessConfig: config }]) =>
      [config?.entrypoint ?? '', ...(config?.arguments ?? [])].join(' ').trim() === event.text.trim(),
  );
  return matching.find(([, inspect]) => inspect.ProcessConfig?.privileged === true) ?? matching[0];
}

/**
 * Podman names neither command nor exec in its events, and lists an exec for minutes after its end: one that runs, else one that was not
 * there at the last look, else any. An exec that could not be started (125 and up) has no event of its own and comes last.
 */
async function unnamed(event: EngineEvent, context: ExecLookup): Promise<Candidate | undefined> {
  const open = await candidates(await liveExecs(event.actor, context), event, context);
  const rank = ([id, { Running, ExitCode, ProcessConfig: config }]: Candidate): number =>
    [Running, (ExitCode ?? 0) < 125, !context.execs.has(id), config?.privileged].reduce(
      (sum, better) => 2 * sum + (better === true ? 1 : 0),
      0,
    );
  const [best, ...others] = open.toSorted((a, b) => rank(b) - rank(a));
  for (const [id] of others)
    if (!context.execs.has(id))
      context.execs.set(id, { id, container: event.actor, text: '', inspect: undefined, told: [] });
  return best;
}

/** `exec_die` names no command: it is the oldest of the container's known execs that does not run any more and was not told to have ended. */
async function ended(event: EngineEvent, context: ExecLookup): Promise<Candidate | undefined> {
  const known = [...context.execs.values()]
    .filter(({ container, told }) => container === event.actor && told.length > 0)
    .map(({ id }) => id);
  return (await candidates(known, event, context)).find(([, inspect]) => inspect.Running === false);
}

async function liveExecs(container: string, { client, failed }: ExecLookup): Promise<readonly string[]> {
  try {
    return (await client.inspectContainer(container))?.ExecIDs ?? [];
  } catch (error) {
    failed(`inspect of ${container.slice(0, 12)}`, error);
    return [];
  }
}
