import { pathsNamed } from '../../../shared/clean-path.ts';
import type { ProcessFacts, StdioFacts } from '../../../shared/facts/process.ts';
import type { Redactor } from '../../../shared/redact.ts';
import { dangerousVariables } from '../../engine/facts/env.ts';
import { baseName } from '../../engine/facts/host-path.ts';
import { identityText, isSameFile } from '../../procfs/file-identity.ts';
import { mountAt } from '../../procfs/mountinfo.ts';
import { ticksPerSecond } from '../../procfs/stat.ts';
import type { Look } from './look.ts';
import { isShellProcess, masqueradeOf } from './names.ts';
import { isInUpper, isOwnOverlay, originOfFile } from './place.ts';
import { namespaceFacts, rightsFacts } from './rights.ts';
import { kindOf } from './stdio.ts';
import type { ContainerView } from './view.ts';

/** Facts of one process; who its parents are and how it came in is added by who knows the others. */
export function processFacts(look: Look, view: ContainerView, redactor: Redactor): ProcessFacts {
  const { stat, status, root, workingDirectory, script } = look;
  const place = rootPlace(look, view);
  const age = (Number(stat.start) - Number(view.init.start)) / ticksPerSecond;
  return {
    pid: stat.pid,
    ...(status.vpid > 0 ? { vpid: status.vpid } : {}),
    start: stat.start,
    comm: stat.comm,
    ...programFacts(look, view, redactor),
    ...(workingDirectory === undefined ? {} : { working_directory: workingDirectory.path }),
    ...(workingDirectory?.outside === undefined ? {} : { working_directory_outside: workingDirectory.outside }),
    ...(root === undefined || place === undefined ? {} : { root_place: place }),
    ...rightsFacts(look, view),
    ...namespaceFacts(look, view),
    ...(script === undefined ? {} : { script: { path: script.path, ...originOfFile(script, view) } }),
    ...librariesFacts(look, view),
    stdio: stdioFacts(look),
    tty: stat.terminal !== 0,
    container_age_s: age,
    ...environmentFacts(look, view),
  };
}

function programFacts(look: Look, view: ContainerView, redactor: Redactor): Partial<ProcessFacts> {
  const { executable, invokedAs, stat } = look;
  const args = look.args === undefined ? undefined : redactor.args(look.args.items);
  const argv0 = args?.[0];
  const said =
    args === undefined
      ? {}
      : {
          args,
          paths: pathsNamed(args, look.workingDirectory?.path),
          command_line: args.join(' '),
          args_truncated: look.args?.truncated,
        };
  const about = { ...(argv0 === undefined ? {} : { argv0 }), ...withoutUndefined(said) };
  if (executable === undefined)
    return { ...about, ...(args === undefined ? {} : { is_shell: isShellProcess('', args) }) };
  const { path, deleted, identity } = executable;
  const origin = originOfFile(executable, view);
  const masquerade = masqueradeOf({ comm: stat.comm, argv0: argv0 ?? '' }, { executable: path, layer: origin.layer });
  return {
    executable: invokedAs === undefined ? path : [path, invokedAs],
    name: baseName(path),
    ...about,
    exe: { ...origin, dev_ino: identityText(identity), deleted },
    is_shell: isShellProcess(path, args ?? []),
    ...(masquerade === undefined ? {} : { masquerades_as: masquerade }),
  };
}

/** By device and inode: a root inside of /proc/N/root is called `/`, too (L28). */
function rootPlace({ root, mounted }: Look, view: ContainerView): ProcessFacts['root_place'] {
  if (root === undefined || view.root === undefined) return undefined;
  // The container's first process may have gone there itself.
  if (isSameFile(root, view.host.root)) return 'host';
  if (isSameFile(root, view.root)) return 'container';
  if (root.device === view.root.device) return 'inside';
  const mount = view.mounts.find(({ device }) => device === root.device);
  if (mount !== undefined) return mount.type === 'tmpfs' || isOwnOverlay(mount, view) ? 'inside' : 'mount';
  return mounted === 'host' || view.host.devices.has(root.device) ? 'mount' : undefined;
}

const mostLibraries = 8;

/** Of a process with mounts of its own the paths say nothing. JIT compilers run code from /dev/zero and shared memory without a file. */
function librariesFacts({ code, executable, mounted }: Look, view: ContainerView): Partial<ProcessFacts> {
  if (mounted !== 'container' || code.length === 0) return {};
  const foreign = code.filter(({ path, deleted, inode }) => {
    if (inode === executable?.identity.inode || /^\/(dev\/zero$|SYSV)/.test(path)) return false;
    if (deleted) return true;
    const mount = mountAt(view.mounts, path);
    if (mount?.type === 'tmpfs') return true;
    return mount === view.rootMount && view.upper !== undefined && isInUpper(path, view.upper);
  });
  return { libraries_foreign: foreign.slice(0, mostLibraries).map(({ path }) => path) };
}

function stdioFacts({ stdio, fifos, socket }: Look): StdioFacts {
  const kind = (fd: 0 | 1 | 2) => {
    const link = stdio[fd];
    return link === undefined ? undefined : kindOf(link, fifos[fd] === true);
  };
  return withoutUndefined({ in: kind(0), out: kind(1), err: kind(2), socket });
}

/** Names only; the last one may be cut. */
function environmentFacts({ environ }: Look, { facts }: ContainerView): Partial<ProcessFacts> {
  if (environ === undefined) return {};
  const dangerous = dangerousVariables(environ.items);
  const configured = facts.env_keys;
  return {
    env_dangerous: dangerous,
    ...(configured === undefined ? {} : { env_injected: dangerous.filter((name) => !configured.includes(name)) }),
  };
}

/** What was found out of a process's file and root, by device and inode; '' nothing yet. */
export interface Identities {
  readonly file: string;
  readonly root: string;
}

/** Where one could not be asked about this time it is as it was before. */
export const identitiesOf = ({ executable, root }: Look, before: Identities = { file: '', root: '' }): Identities => ({
  file:
    executable === undefined
      ? before.file
      : JSON.stringify([executable.path, identityText(executable.identity), executable.deleted]),
  root: root === undefined ? before.root : identityText(root),
});

/** What may change while it lives, as text: equal texts are the same state. Addresses of sockets are left out: a server's stdin may be many. */
export function stateOf(look: Look, { file, root }: Identities): string {
  const { stat, status, namespaces, stdio, fifos, socket } = look;
  const { permitted, effective } = status.capabilities;
  return JSON.stringify([
    stat.image,
    file,
    root,
    [...namespaces],
    [status.uid, status.effectiveUid, String(permitted), String(effective)],
    [status.seccomp ?? '', status.noNewPrivileges ?? ''],
    stdio.map((link, fd) => (link === undefined ? '' : kindOf(link, fifos[fd] === true))),
    socket?.via ?? '',
  ]);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const withoutUndefined = <T extends object>(value: T): Partial<Defined<T>> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<Defined<T>>;
