import type { SyslogMessage } from './syslog-delivery.ts';

/** How a connection ended. Clean: the receiver closed it and had read everything that its machine had taken. */
export interface End {
  readonly reason: string;
  readonly isClean: boolean;
}

interface Entry {
  readonly message: SyslogMessage;
  readonly writtenAt: number;
  /** The receiver's machine has it. */
  isAcknowledged: boolean;
  /** Its connection ended, and nobody knows whether it was read. */
  isDoubtful: boolean;
}

export interface Unconfirmed {
  /** Whether the message was written to the connection there is. */
  has(id: string): boolean;
  written(message: SyslogMessage, at: number): void;
  /** All that was written has reached the receiver's machine. */
  acknowledged(): void;
  /** Those to be sent again, oldest first. */
  doubtful(): readonly SyslogMessage[];
  readonly isAcknowledged: boolean;
  readonly isFull: boolean;
  /** Takes for read what is oldest and acknowledged, until there is room. */
  makeRoom(): void;
  ended(end: End, at: number): void;
}

export const unconfirmedLimits = {
  messages: 256,
  characters: 1_048_576,
  /** What was acknowledged so long ago is taken for read, ms. */
  keptMs: 60_000,
  /** The same when the connection was closed in order. */
  cleanMs: 5_000,
};

/**
 * Syslog has no acknowledgement (RFC 6587 §5): what a receiver's machine took may not have been read when the connection ends. So the newest
 * messages are kept, and those that are in doubt then are sent again on the next connection. Pure; bounded.
 */
export function createUnconfirmed(limits = unconfirmedLimits): Unconfirmed {
  const entries = new Map<string, Entry>();
  let characters = 0;
  const remove = (entry: Entry): void => {
    entries.delete(entry.message.id);
    characters -= entry.message.text.length;
  };
  const forget = (isRead: (entry: Entry) => boolean): void => {
    for (const entry of entries.values()) if (entry.isAcknowledged && !entry.isDoubtful && isRead(entry)) remove(entry);
  };
  const isFull = (): boolean => entries.size >= limits.messages || characters >= limits.characters;

  return {
    has: (id) => entries.get(id)?.isDoubtful === false,
    written: (message, at) => {
      // One that is sent again keeps its place: their order is that of the first time.
      characters += message.text.length - (entries.get(message.id)?.message.text.length ?? 0);
      entries.set(message.id, { message, writtenAt: at, isAcknowledged: false, isDoubtful: false });
      forget(({ writtenAt }) => writtenAt < at - limits.keptMs);
    },
    acknowledged: () => {
      for (const entry of entries.values()) entry.isAcknowledged = true;
    },
    doubtful: () => [...entries.values()].filter(({ isDoubtful }) => isDoubtful).map(({ message }) => message),
    get isAcknowledged() {
      return [...entries.values()].every((entry) => entry.isAcknowledged);
    },
    get isFull() {
      return isFull();
    },
    makeRoom: () => {
      if (isFull()) forget(isFull);
    },
    ended: ({ isClean }, at) => {
      forget(({ writtenAt }) => writtenAt < at - (isClean ? limits.cleanMs : limits.keptMs));
      for (const entry of entries.values()) {
        entry.isAcknowledged = false;
        entry.isDoubtful = true;
      }
    },
  };
}
