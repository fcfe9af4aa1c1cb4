import { execFacts } from '../../../collector/engine/facts/exec.ts';
import { pathsNamed } from '../../../shared/clean-path.ts';
import { deriveId } from '../../../shared/hash.ts';
import type { ContainerFacts, Observation } from '../../../shared/observation.ts';
import { observationId } from '../../../shared/observation-id.ts';
import { host } from './box.ts';

export interface ExecLook {
  readonly user?: string;
  /** With a terminal, as people do. */
  readonly tty?: boolean;
  readonly privileged?: boolean;
  readonly exitCode?: number;
  /** Milliseconds. */
  readonly takes?: number;
}

interface Ran {
  readonly at: number;
  readonly args: readonly [string, ...string[]];
  readonly look: ExecLook;
}

/** The events of an exec, as its sensor tells them. */
export function execObservations(
  { at, args, look }: Ran,
  of: {
    readonly container: ContainerFacts;
    base(at: number): Pick<Observation, 'at' | 'host' | 'container' | 'workload'>;
  },
): readonly Observation[] {
  const { user = '', tty = false, privileged = false, exitCode = 0, takes = 40 } = look;
  const exec = deriveId('exec', of.container.id, at, [...args]) + deriveId('of', at);
  const [entrypoint, ...rest] = args;
  const inspect = {
    OpenStdin: tty,
    Pid: 200_000 + (at % 100_000),
    ProcessConfig: { tty, privileged, user, entrypoint, arguments: rest },
  };
  const facts = execFacts(inspect, { id: exec, text: args.join(' '), container: of.container, passwd: null });
  const one = (action: string, time: number): Observation => {
    const nano = `${time}000000`;
    const ended = action === 'exec_die';
    return {
      id: observationId.engineEvent(host.id, { nano, type: 'container', action, actor: of.container.id, exec }),
      kind: 'exec',
      ...of.base(time),
      event: {
        source: 'docker-event',
        action,
        time_nano: nano,
        ...(ended ? { outcome: exitCode === 0 ? 'success' : 'failure' } : {}),
      },
      exec: ended ? { ...facts, exit_code: exitCode } : facts,
      process: {
        ...(facts.pid === undefined ? {} : { pid: facts.pid }),
        args: facts.args,
        paths: pathsNamed(facts.args),
        command_line: facts.command,
        ...(entrypoint.startsWith('/') ? { executable: entrypoint } : {}),
        name: entrypoint.split('/').at(-1) ?? '',
        user: {
          ...(typeof facts.uid === 'number' ? { id: facts.uid } : {}),
          ...(facts.user === undefined ? {} : { name: facts.user }),
        },
      },
    };
  };
  return [one('exec_create', at), one('exec_start', at + 2), one('exec_die', at + 2 + takes)];
}
