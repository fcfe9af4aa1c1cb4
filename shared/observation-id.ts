import { deriveId } from './hash.ts';

/** Ids of observations (design §4 Identity): from what makes the fact itself, so that the same fact seen twice has the same id. */
export const observationId = {
  engineEvent: (
    host: string,
    event: { nano: string; type: string; action: string; actor: string; exec?: string },
  ): string => deriveId(host, 'event', event.nano, event.type, event.action, event.actor, event.exec ?? ''),

  /** `cause`: `timeNano` of the event, or for polls the hash before and the poll's time. */
  snapshot: (host: string, of: { container: string; hash: string; cause: string; object: string }): string =>
    deriveId(host, 'snapshot', of.container, of.hash, of.cause, of.object),

  /** `boot`: the kernel's boot id; sockets without inode (TIME_WAIT) are told by their addresses. */
  socket: (host: string, of: { boot: string; namespace: string; socket: string }): string =>
    deriveId(host, 'socket', of.boot, of.namespace, of.socket),

  /** `state`: of what may change while it lives (its file, root, namespaces, rights); '' for its first sight. */
  process: (host: string, of: { boot: string; pid: number; start: string; state: string }): string =>
    deriveId(host, 'process', of.boot, of.pid, of.start, of.state),

  reading: (host: string, of: { kind: string; subject: string; at: number }): string =>
    deriveId(host, 'reading', of.kind, of.subject, of.at),

  gap: (host: string, of: { reason: string; from: number; to: number }): string =>
    deriveId(host, 'gap', of.reason, of.from, of.to),
};
