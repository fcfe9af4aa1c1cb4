import { type ContainerInit, createContainerProcesses } from '../procfs/container-processes.ts';
import { mayReadOwners } from '../procfs/rights.ts';
import { socketsHeld } from '../procfs/socket-holder.ts';

interface Sides {
  /** Inodes that a client's side may have. */
  readonly clients: ReadonlySet<string>;
  /** Inode of the server's side. */
  readonly server: string | undefined;
}

/**
 * Whether a container's process holds a client's side of a connection, and none the server's: then it is no connection that it made with itself. What may
 * not be looked at speaks neither for nor against it.
 */
export function createClients(procfs: string): (container: ContainerInit, sides: Sides) => boolean {
  const { processesNow } = createContainerProcesses(procfs);
  return (container, { clients, server }) => {
    const processes = processesNow(container);
    if (processes === undefined || mayReadOwners(procfs, [container.pid]) !== true) return true;
    const wanted = new Set(server === undefined ? clients : [...clients, server]);
    const held = socketsHeld(procfs, processes.pids, wanted);
    return held.size > 0 && (server === undefined || !held.has(server));
  };
}
