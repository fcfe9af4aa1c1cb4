import { join } from 'node:path';
import { deriveId } from '../../../shared/hash.ts';
import type { ContainerFacts, ProcessFacts } from '../../../shared/observation.ts';
import type { Redactor } from '../../../shared/redact.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { isGone, type ProcessStat, parseStat, ticksPerSecond } from '../../procfs/stat.ts';
import type { SweptContainer } from '../../sweeps.ts';
import { identitiesOf, processFacts, stateOf } from './facts.ts';
import { type Look, lookAt } from './look.ts';
import type { ContainerMemory, Known } from './memory.ts';
import { originOfFile } from './place.ts';
import { quickLook } from './quick.ts';
import { type Connected, createConnected, isPiped, readersSocket } from './sockets-of.ts';
import { longestStartMs, startingMs } from './starting.ts';
import { beginningOf, relationsOf } from './tell.ts';
import { type ContainerView, type ViewContext, viewOf } from './view.ts';

export type Action = 'present' | 'start' | 'exec' | 'change';

/** Something to be told of a process. */
export interface Told {
  readonly action: Action;
  readonly process: ProcessFacts;
  readonly state: string;
}

export interface SweepContext extends ViewContext {
  readonly redactor: Redactor;
  readonly slowMs: number;
  configuration(id: string): ContainerFacts | undefined;
  isExec(pid: number): boolean;
}

export interface Subject {
  readonly container: SweptContainer;
  readonly memory: ContainerMemory;
  /** To be looked at, and all of the container's cgroup. */
  readonly chosen: readonly number[];
  readonly members: ReadonlySet<number>;
  readonly now: number;
  /** Since the kernel began, in clock ticks. */
  readonly ticks: number;
}

/** So many processes of one container are looked at closely in one turn: the others wait. */
const mostLooks = 32;
const viewMs = 10_000;
/** Who became another program during so many looks in a row is told with what is known: it may do so for ever. */
const mostFailed = 3;
/** A process is looked at fast while it is so young. */
const youngTicks = 10 * ticksPerSecond;

/** What is new of a container's processes. What is known and the same costs one read of stat, and from time to time a quick look. */
export async function sweep(subject: Subject, context: SweepContext): Promise<readonly Told[]> {
  const { memory, chosen, now } = subject;
  const connected = createConnected(context.procfs);
  const changed = changes(subject, context, connected);
  const living = new Set(chosen);
  for (const kept of [memory.known, memory.restless])
    for (const pid of kept.keys()) if (!living.has(pid)) kept.delete(pid);
  memory.sweptAt = now;
  if (changed.length === 0) return [];
  const view = await settledView(subject, context);
  if (view === undefined) return [];
  // Parents first: their children are told by them.
  const told: Told[] = [];
  for (const change of inTurn([...changed].sort(byBeginning), memory))
    told.push(...(await tell(change, { subject, context, view, connected })));
  return told;
}

interface Change {
  readonly stat: ProcessStat;
  readonly known: Known | undefined;
}

const byBeginning = ({ stat: a }: Change, { stat: b }: Change): number =>
  Number(a.start) - Number(b.start) || a.pid - b.pid;

/** Of too many those behind the last turn's: who becomes another program all the time keeps nobody from being looked at. */
function inTurn(changed: readonly Change[], memory: ContainerMemory): readonly Change[] {
  const { lookedTo: last } = memory;
  memory.lookedTo = undefined;
  if (changed.length <= mostLooks) return changed;
  const isBehind = ({ stat: { start, pid } }: Change): boolean =>
    last !== undefined && (Number(start) - Number(last.start) || pid - last.pid) > 0;
  const behind = changed.filter(isBehind);
  const chosen = [...behind, ...changed.filter((change) => !isBehind(change))].slice(0, mostLooks);
  memory.lookedTo = chosen.at(-1)?.stat;
  return chosen;
}

function changes(
  { memory, chosen, now, ticks }: Subject,
  { procfs, slowMs }: SweepContext,
  connected: Connected,
): readonly Change[] {
  const found: Change[] = [];
  // While a container is swept fast it is looked at fast.
  const quickMs = now - memory.sweptAt < slowMs ? slowMs / 2 : slowMs * 5;
  const young = (start: string): boolean => ticks - Number(start) < youngTicks;
  for (const pid of chosen) {
    const stat = parseStat(readKernelFile(join(procfs, String(pid), 'stat'), 2_048) ?? '');
    if (stat === undefined) memory.known.delete(pid);
    if (stat === undefined || isGone(stat)) continue;
    const before = memory.known.get(pid);
    const known = before?.start === stat.start ? before : undefined;
    if (known === undefined || known.image !== stat.image) found.push({ stat, known });
    else if (now - known.lookedAt >= (young(stat.start) ? slowMs / 2 : quickMs)) {
      const { unread } = known;
      const isRead = unread !== undefined && readersSocket(pid, unread, { procfs, siblings: chosen, connected });
      const isSame = !isRead && quickLook(procfs, pid) === known.quick;
      if (isSame) memory.known.set(pid, { ...known, lookedAt: now });
      else found.push({ stat, known });
    }
  }
  return found;
}

/** undefined: its first process is gone, or still the runtime's. */
async function settledView(
  { container, memory, now, ticks }: Subject,
  context: SweepContext,
): Promise<ContainerView | undefined> {
  const before = memory.view;
  if (before !== undefined && now - before.at < viewMs) return before.view;
  const configuration = context.configuration(container.id);
  const view = configuration === undefined ? undefined : await viewOf({ ...container, configuration }, context);
  if (view === undefined) return undefined;
  if (before === undefined) {
    const failed = memory.restless.get(container.pid) ?? 0;
    const restless = failed >= mostFailed;
    const asking = { ...context, view, siblings: [], connected: () => undefined, restless };
    const look = await lookAt(container.pid, asking, false);
    if (look === undefined) memory.restless.set(container.pid, failed + 1);
    if (look === undefined || isStarting(look, { view, ticks })) return undefined;
  }
  memory.view = { view, at: now };
  return view;
}

function isStarting({ stat, executable }: Look, { view, ticks }: { view: ContainerView; ticks: number }): boolean {
  // One that began since the sweep did is of age 0.
  const ageMs = Math.max(0, ((ticks - Number(stat.start)) * 1_000) / ticksPerSecond);
  // Of one whose file could not be asked about it may be true.
  if (executable === undefined) return ageMs < longestStartMs;
  return ageMs < startingMs(executable, originOfFile(executable, view).layer);
}

interface Telling {
  readonly subject: Subject;
  readonly context: SweepContext;
  readonly view: ContainerView;
  readonly connected: Connected;
}

async function tell({ stat, known }: Change, { subject, context, view, connected }: Telling): Promise<readonly Told[]> {
  const { memory, members, now, ticks, chosen } = subject;
  const { procfs, patient, redactor } = context;
  const { pid } = stat;
  const hasBegun = known === undefined || known.image !== stat.image;
  const quick = quickLook(procfs, pid);
  const failed = memory.restless.get(pid) ?? 0;
  const restless = failed >= mostFailed;
  const look = await lookAt(pid, { procfs, patient, view, siblings: chosen, connected, restless }, hasBegun);
  if (look === undefined) memory.restless.set(pid, failed + 1);
  else memory.restless.delete(pid);
  // One that became another program since the sweep read of it is looked at in the next one.
  if (look === undefined || isGone(look.stat) || (!hasBegun && known.image !== look.stat.image)) return [];
  if (hasBegun && isStarting(look, { view, ticks })) return [];
  // It has let go of its file and not yet of its number: it is about to end.
  if (known !== undefined && known.identities.file !== '' && linkOf(join(procfs, String(pid), 'exe')) === undefined)
    return [];
  const identities = identitiesOf(look, known?.identities);
  const state = deriveId(stateOf(look, identities));
  const facts = processFacts(look, view, redactor);
  const family = await relationsOf(look.stat, { ...context, view, known: memory.known, members });
  const process = { ...facts, ...family, ...(known?.origin === undefined ? {} : { origin: known.origin }) };
  memory.known.set(pid, {
    start: look.stat.start,
    image: look.stat.image,
    quick,
    lookedAt: now,
    state,
    identities,
    origin: process.origin,
    unread: look.socket === undefined && isPiped(look) ? look.stdio[1] : undefined,
    executable: process.executable,
    commandLine: beginningOf(process.command_line),
  });
  if (known?.state === state) return [];
  return [{ action: actionOf({ look, known, memory }), process, state }];
}

function actionOf({ look, known, memory }: { look: Look; known: Known | undefined; memory: ContainerMemory }): Action {
  if (known !== undefined) return known.image === look.stat.image ? 'change' : 'exec';
  const { ticks, wasThere } = memory.first;
  return wasThere && Number(look.stat.start) <= ticks ? 'present' : 'start';
}
