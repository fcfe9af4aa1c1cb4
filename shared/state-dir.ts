import { join } from 'node:path';

/** What decides where state lives. */
export interface StateDirInputs {
  readonly configured?: string | undefined;
  readonly root: boolean;
  readonly stateHome?: string | undefined;
  readonly home?: string | undefined;
}

/** `/var/lib/moorwatch` as root, else `$XDG_STATE_HOME/moorwatch` (XDG default: `~/.local/state`). */
export function stateDirOf(inputs: StateDirInputs): string {
  if (inputs.configured !== undefined) return inputs.configured;
  if (inputs.root) return '/var/lib/moorwatch';
  return join(inputs.stateHome ?? join(inputs.home ?? '.', '.local', 'state'), 'moorwatch');
}

/** Files of the state directory. */
export interface StateFiles {
  readonly directory: string;
  readonly database: string;
  /** What the collector keeps while the brokers are away. */
  readonly spool: string;
  readonly token: string;
  /** Secret that redacted values are hashed with: the collector’s alone. */
  readonly redactionKey: string;
}

export function stateFilesOf(
  directory: string,
  configured: { database?: string | undefined; token?: string | undefined },
): StateFiles {
  return {
    directory,
    database: configured.database ?? join(directory, 'moorwatch.db'),
    spool: join(directory, 'spool.db'),
    token: configured.token ?? join(directory, 'feed.token'),
    redactionKey: join(directory, 'redaction.key'),
  };
}
