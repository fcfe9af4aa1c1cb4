import type { ContainerFacts, ExecFacts } from '../../../shared/observation.ts';
import type { ExecInspect } from '../inspect-types.ts';
import { hasControlCharacters } from './control-characters.ts';
import { baseName } from './host-path.ts';
import { userId } from './user.ts';

export interface ExecContext {
  readonly id: string;
  /** The event's text behind `exec_create: `, argv joined by spaces: ambiguous, used when the exec is gone. */
  readonly text: string;
  readonly container: ContainerFacts | undefined;
  readonly passwd: string | null;
}

const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'mksh', 'fish', 'csh', 'tcsh', 'busybox']);

/** N7: who runs what, from the exec's own inspect. */
export function execFacts(inspect: ExecInspect | undefined, { id, text, container, passwd }: ExecContext): ExecFacts {
  const config = inspect?.ProcessConfig;
  const args =
    config?.entrypoint === undefined
      ? text.split(' ').filter(Boolean)
      : [config.entrypoint, ...(config.arguments ?? [])];
  // An exec without a user runs as the container's.
  const user = config === undefined ? undefined : config.user || (container?.user ?? '');
  const known = config === undefined || inspect === undefined;
  return {
    id,
    args,
    command: args.join(' '),
    resolved: config !== undefined,
    ...(user === undefined
      ? {}
      : { user, uid: config?.user ? userId(config.user, passwd) : (container?.user_uid ?? userId(user, passwd)) }),
    ...(known
      ? {}
      : {
          privileged: config.privileged === true,
          tty: config.tty === true,
          open_stdin: inspect.OpenStdin === true,
          ...(inspect.Pid ? { pid: inspect.Pid } : {}),
          ...(typeof inspect.ExitCode === 'number' ? { exit_code: inspect.ExitCode } : {}),
        }),
    is_healthcheck: isHealthcheck(args, { inspect, container }),
    is_shell: isShell(args),
    ...(args.some(hasControlCharacters) ? { control_characters: true } : {}),
  };
}

/** By the first argument's base name: `busybox sh` is a shell, `busybox ls` is not. */
export function isShell([program = '', applet = '']: readonly string[]): boolean {
  const name = baseName(program).replace(/^-/, '');
  return name === 'busybox' ? shells.has(applet) && applet !== 'busybox' : shells.has(name);
}

/** B01: exactly the configured test, as the container's own user, without terminal and privileges. */
function isHealthcheck(
  args: readonly string[],
  { inspect, container }: { inspect: ExecInspect | undefined; container: ContainerFacts | undefined },
): boolean {
  const [kind, ...test] = container?.healthcheck ?? [];
  const config = inspect?.ProcessConfig;
  if (config === undefined || kind === undefined || kind === 'NONE') return false;
  if (config.privileged === true || config.tty === true || inspect?.OpenStdin === true) return false;
  if (config.user && config.user !== container?.user) return false;
  const expected = kind === 'CMD-SHELL' ? [test[0] ?? ''] : test;
  const given = kind === 'CMD-SHELL' ? args.slice(-1) : args;
  // CMD-SHELL runs by the image's shell: /bin/sh -c unless the image says otherwise.
  if (kind === 'CMD-SHELL' && (args.length !== 3 || args[1] !== '-c' || !isShell(args))) return false;
  return given.length === expected.length && given.every((arg, index) => arg === expected[index]);
}
