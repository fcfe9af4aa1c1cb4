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

  /** `pid`: of the process that asked. */
  dns: (host: string, of: { boot: string; container: string; pid: number; question: string; at: number }): string =>
    deriveId(host, 'dns', of.boot, of.container, of.pid, of.question, of.at),

  /** `state`: of what may change while it lives (its file, root, namespaces, rights). */
  process: (host: string, of: { boot: string; pid: number; start: string; state: string }): string =>
    deriveId(host, 'process', of.boot, of.pid, of.start, of.state),

  /** `mount`: the line of the mount table; `pid`: of its init, one for each life of the container. */
  mountRow: (host: string, of: { boot: string; container: string; pid: number; mount: string }): string =>
    deriveId(host, 'mount', of.boot, of.container, of.pid, of.mount),

  /** `state`: what is so now and since when. */
  daemon: (host: string, of: { what: string; subject: string; state: string }): string =>
    deriveId(host, 'daemon', of.what, of.subject, of.state),

  reading: (host: string, of: { kind: string; subject: string; at: number }): string =>
    deriveId(host, 'reading', of.kind, of.subject, of.at),

  /** A name of an image that was found elsewhere than it was. */
  imageMoved: (host: string, of: { ref: string; from: string; to: string }): string =>
    deriveId(host, 'image-moved', of.ref, of.from, of.to),

  /** `path`: as the container sees it; `content`: of the file's facts that make it another file than before, '' when nothing is known of it. */
  file: (host: string, of: { container: string; path: string; change: string; content: string }): string =>
    deriveId(host, 'file', of.container, of.path, of.change, of.content),

  gap: (host: string, of: { reason: string; from: number; to: number }): string =>
    deriveId(host, 'gap', of.reason, of.from, of.to),
};
