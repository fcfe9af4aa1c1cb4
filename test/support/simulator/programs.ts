import { isShell } from '../../../collector/engine/facts/exec.ts';
import { pathsNamed } from '../../../shared/clean-path.ts';
import { deriveId } from '../../../shared/hash.ts';
import type { ProcessFacts } from '../../../shared/observation.ts';
import type { Box } from './box.ts';

/** A program that runs in a container. */
export interface Program {
  /** Absolute. */
  readonly executable: string;
  /** With the name that it was called by; default: the executable alone. */
  readonly args?: readonly string[];
  /** Number of its user; default 0. */
  readonly uid?: number;
  /** Executable of its parent; default: it is the container's first process. */
  readonly parent?: string;
  /** It descends from an exec. */
  readonly byExec?: boolean;
  /** Where its file lives; default: in the image. */
  readonly layer?: 'lower' | 'upper' | 'volume';
  /** Tells it from others that run the same: default, the time it is first seen at. */
  readonly instance?: number;
}

const none: readonly string[] = [];

/** What the sweep of processes tells of it: of one with nothing unusual about it. */
export function processOf(program: Program, { at, box }: { readonly at: number; readonly box: Box }): ProcessFacts {
  const { executable, args = [executable], uid = 0, parent, byExec = false, layer = 'lower', instance = at } = program;
  const { container } = box.known.snapshot;
  const name = executable.split('/').at(-1) ?? '';
  const isInit = parent === undefined;
  const pid = isInit ? box.known.pid : box.known.pid + 1 + (numberOf(executable, instance) % 30_000);
  const effective = uid === 0 ? (container.caps?.effective ?? none) : none;
  const ancestors = isInit ? none : [parent];
  return {
    pid,
    vpid: isInit ? 1 : 2 + (pid % 5_000),
    start: String(Math.trunc(((isInit ? box.life.from : instance) - box.life.from) / 10) + 1_000_000),
    comm: name.slice(0, 15),
    executable,
    name,
    argv0: args[0] ?? executable,
    args,
    paths: pathsNamed(args, '/'),
    command_line: args.join(' '),
    args_truncated: false,
    exe: {
      layer,
      age_s: layer === 'lower' ? -1_000_000 : (at - box.life.from) / 1_000,
      dev_ino: `0:51:${numberOf(executable, box.life.version)}`,
      deleted: false,
    },
    is_shell: isShell([executable]),
    working_directory: '/',
    working_directory_outside: false,
    root_place: 'container',
    user: { id: uid },
    real_user: { id: uid },
    capabilities: { effective, permitted: effective, beyond: none },
    seccomp: 'filter',
    seccomp_missing: false,
    no_new_privileges: false,
    no_new_privileges_missing: false,
    lsm_label: 'docker-default',
    lsm_missing: false,
    ns_host: none,
    ns_undeclared: none,
    ns_foreign: none,
    libraries_foreign: none,
    stdio: { in: 'null', out: 'pipe', err: 'pipe' },
    tty: false,
    container_age_s: ((isInit ? box.life.from : instance) - box.life.from) / 1_000,
    env_dangerous: none,
    env_injected: none,
    origin: isInit ? 'init' : byExec ? 'exec' : 'descendant',
    parent: isInit
      ? { pid: 900, executable: '/usr/bin/containerd-shim-runc-v2' }
      : { pid: box.known.pid, executable: parent },
    ancestors,
  };
}

const numberOf = (...parts: readonly (string | number)[]): number =>
  Number.parseInt(deriveId(...parts).slice(0, 7), 16);
