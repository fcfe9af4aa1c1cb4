import { join } from 'node:path';
import { realPath } from '../../engine/real-path.ts';
import { type FileIdentity, identify, isSameFile } from '../../procfs/file-identity.ts';
import { parseLoginUid } from '../../procfs/login.ts';
import { type CodeMapping, parseCodeMappings } from '../../procfs/maps.ts';
import { type Namespaces, readNamespaces } from '../../procfs/namespaces.ts';
import type { Patient } from '../../procfs/patient.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { readBounded } from '../../procfs/read-bounded.ts';
import { type ProcessStat, parseStat } from '../../procfs/stat.ts';
import { type ProcessStatus, parseStatus } from '../../procfs/status.ts';
import { parseZeroSeparated, type ZeroSeparated } from '../../procfs/zero-separated.ts';
import { isShellProcess } from './names.ts';
import { isLayers, type Mounted, type PlacedFile } from './place.ts';
import { isInterpreter, scriptArgument } from './script.ts';
import { type Connected, socketOf } from './sockets-of.ts';
import type { StdioLinks } from './stdio.ts';
import type { ContainerView } from './view.ts';

/** All that /proc says of a process, read while it was one and the same. */
export interface Look {
  readonly stat: ProcessStat;
  readonly status: ProcessStatus;
  readonly loginUid: number | undefined;
  readonly namespaces: Namespaces;
  readonly mounted: Mounted;
  /** undefined: may not be looked at. */
  readonly executable: PlacedFile | undefined;
  /** Path that it was invoked by, where that is another name of the same file. */
  readonly invokedAs: string | undefined;
  readonly args: ZeroSeparated | undefined;
  readonly environ: ZeroSeparated | undefined;
  readonly root: FileIdentity | undefined;
  readonly workingDirectory: { readonly path: string; readonly outside: boolean | undefined } | undefined;
  readonly label: string | undefined;
  readonly stdio: StdioLinks;
  readonly fifos: readonly boolean[];
  /** A shell or another program that runs what it reads. */
  readonly obeys: boolean;
  readonly socket: ReturnType<typeof socketOf>;
  readonly code: readonly CodeMapping[];
  readonly script: PlacedFile | undefined;
}

export interface LookContext {
  readonly procfs: string;
  readonly patient: Patient;
  readonly view: ContainerView;
  /** Host's numbers of the container's other processes, for the other ends of its pipes. */
  readonly siblings: readonly number[];
  readonly connected: Connected;
}

const mostArguments = 8 * 1024;
const mostEnvironment = 128 * 1024;
const deletedMark = ' (deleted)';

/**
 * undefined: it is gone, or became another while it was looked at. `whole`: also what only its beginning decides (environment, libraries); the rest
 * may change at any time. `restless`: of one that becomes other programs all the time, what it was at some time of the look.
 */
export async function lookAt(
  pid: number,
  { restless = false, ...context }: LookContext & { readonly restless?: boolean },
  whole: boolean,
): Promise<Look | undefined> {
  const { procfs, patient, view } = context;
  const of = (name: string): string => join(procfs, String(pid), name);
  const stat = parseStat(readKernelFile(of('stat')) ?? '');
  const status = parseStatus(readKernelFile(of('status')) ?? '');
  if (stat === undefined || status === undefined) return undefined;
  const loginUid = parseLoginUid(readKernelFile(of('loginuid')));
  const namespaces = readNamespaces(procfs, pid);
  const mounted = mountedOf(namespaces, view);
  const ask = <T>(read: () => Promise<T>): Promise<T | undefined> => patient(view.id, read);
  const list = (name: string, most: number) =>
    ask(async () => parseZeroSeparated(await readBounded(of(name), most), most));
  const stdio = [0, 1, 2].map((fd) => linkOf(of(`fd/${fd}`)));
  const asking = { pid, procfs, view, mounted, ask };
  const [executable, args, environ, root, workingDirectory, fifos] = await Promise.all([
    executableOf(asking),
    list('cmdline', mostArguments),
    whole ? list('environ', mostEnvironment) : undefined,
    ask(() => identify(of('root'))),
    workingDirectoryOf(asking),
    Promise.all(stdio.map((link, fd) => isFifo(link, () => ask(() => identify(of(`fd/${fd}`)))))),
  ]);
  const items = args?.items ?? [];
  const files = { ...asking, executable, args: items };
  const [invokedAs, script] = await Promise.all([invokedAsOf(files), whole ? scriptOf(files) : undefined]);
  const obeys = doesObey(executable?.path ?? '', items);
  const socket = socketOf({ pid, stdio, fifos, obeys }, context);
  const code = whole ? parseCodeMappings(readKernelFile(of('maps')) ?? '') : [];
  const label = labelOf(readKernelFile(of('attr/current')));
  const after = parseStat(readKernelFile(of('stat')) ?? '');
  if (after?.start !== stat.start || (after.image !== stat.image && !restless)) return undefined;
  const found = { executable, invokedAs, args, environ, root, workingDirectory, script, code, label, socket };
  return { stat: after, status, loginUid, namespaces, mounted, stdio, fifos, obeys, ...found };
}

const doesObey = (executable: string, args: readonly string[]): boolean =>
  isShellProcess(executable, args) || isInterpreter(executable, args);

/** The host's first: the container's first process may itself have gone there. */
function mountedOf(namespaces: Namespaces, { namespaces: own, host }: ContainerView): Mounted {
  const mnt = namespaces.get('mnt');
  if (mnt !== undefined && host.namespaces.get('mnt')?.has(mnt) === true) return 'host';
  return mnt === own.get('mnt') ? 'container' : 'foreign';
}

interface Asking {
  readonly pid: number;
  readonly procfs: string;
  readonly view: ContainerView;
  readonly mounted: Mounted;
  ask<T>(read: () => Promise<T>): Promise<T | undefined>;
}

/** As the container's first process would find it. */
const seenAt = (path: string, { procfs, view, ask }: Asking): Promise<FileIdentity | undefined> =>
  ask(() => identify(join(procfs, String(view.init.pid), 'root', path)));

async function executableOf(asking: Asking): Promise<PlacedFile | undefined> {
  const { pid, procfs, mounted, ask } = asking;
  const place = join(procfs, String(pid), 'exe');
  const link = linkOf(place);
  if (link === undefined) return undefined;
  const identity = await ask(() => identify(place));
  if (identity === undefined) return undefined;
  // A file may be called so: then it is there.
  const marked = link.endsWith(deletedMark) && !isSameFile(await seenAt(link, asking), identity);
  const placed = { path: marked ? link.slice(0, -deletedMark.length) : link, deleted: marked, identity, mounted };
  if (marked || !isLayers(identity.device, asking.view)) return placed;
  // A runtime also runs from an overlay of its own that nobody else sees, against being overwritten (runc from 1.2 on).
  return isSameFile(await seenAt(link, asking), identity) ? placed : { ...placed, elsewhere: true };
}

async function workingDirectoryOf(asking: Asking): Promise<Look['workingDirectory']> {
  const { pid, procfs, mounted, ask } = asking;
  const place = join(procfs, String(pid), 'cwd');
  const path = linkOf(place);
  if (path === undefined) return undefined;
  if (mounted !== 'container' || path.endsWith(deletedMark)) return { path, outside: undefined };
  const [there, here] = await Promise.all([ask(() => identify(place)), seenAt(path, asking)]);
  const moved = linkOf(place) !== path;
  return { path, outside: there === undefined || moved ? undefined : !isSameFile(there, here) };
}

const isFifo = async (link: string | undefined, ask: () => Promise<FileIdentity | undefined>): Promise<boolean> =>
  link?.startsWith('/') === true && !link.startsWith('/dev/') && (await ask())?.kind === 'fifo';

interface Invoked extends Asking {
  readonly executable: PlacedFile | undefined;
  readonly args: readonly string[];
}

/** A link (`/bin/sh` → dash, an applet → busybox) is a name of the file; a first argument that leads elsewhere is not. */
async function invokedAsOf({ executable, args, ...asking }: Invoked): Promise<string | undefined> {
  const { path: own, mounted } = executable ?? {};
  const argv0 = (args[0] ?? '').replace(/^-/, '');
  if (own === undefined || argv0 === '' || mounted !== 'container') return undefined;
  const path = argv0.startsWith('/') ? argv0 : argv0.includes('/') ? undefined : join(own, '..', argv0);
  if (path === undefined || path === own) return undefined;
  return (await resolved(path, asking)) === own ? path : undefined;
}

/** Below the process's own root; an attacker's link leads nowhere else. */
const resolved = (path: string, { pid, procfs, ask }: Asking): Promise<string | undefined> =>
  ask(() => realPath(path, { root: join(procfs, String(pid), 'root') }));

async function scriptOf({ executable, args, ...asking }: Invoked): Promise<PlacedFile | undefined> {
  const { pid, procfs, mounted, ask } = asking;
  const argument = executable === undefined ? undefined : scriptArgument(executable.path, args);
  if (argument === undefined) return undefined;
  const directory = argument.startsWith('/') ? '/' : linkOf(join(procfs, String(pid), 'cwd'));
  if (directory === undefined) return undefined;
  const path = await resolved(join(directory, argument), asking);
  if (path === undefined) return undefined;
  const identity = await ask(() => identify(join(procfs, String(pid), 'root', path)));
  return identity?.kind === 'file' ? { path, deleted: false, identity, mounted } : undefined;
}

/** `docker-default (enforce)`; nothing where no module labels processes. */
function labelOf(text: string | undefined): string | undefined {
  const label = text?.replace(/[\0\n]+$/, '').replace(/ \([a-z]+\)$/, '');
  return label ? label : undefined;
}
