import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { mostStandstills, type Standstill, standstillKey, standstillSchema } from '../../shared/standstill.ts';
import type { StatusBoard } from '../feed/status-board.ts';
import { endedRecord, findingRecord } from './tell.ts';

/** What all alertings have told and not taken back: words in the topic `status`, and the findings that tell it. */
export interface Words {
  /** Takes note of what the board says now. */
  look(): void;
  open(): readonly Standstill[];
  begin(standstill: Standstill): Promise<void>;
  /** It is still so. Says it once more when nobody has for a while. */
  goOn(standstill: Standstill): Promise<void>;
  end(standstill: Standstill, reason: string): Promise<void>;
  /** Ends what nobody has said for long and is of none of these names: a sink that is not there any more. */
  forget(names: readonly string[]): Promise<void>;
}

const refreshMs = 60_000;
const forgottenMs = 10 * refreshMs;

export function createWords({
  bus,
  board,
  clock,
}: {
  readonly bus: Bus;
  readonly board: StatusBoard;
  readonly clock: () => number;
}): Words {
  /** Ours, until the board has them; and those withdrawn and when, until the board has that. */
  const ahead = new Map<string, Standstill>();
  const withdrawn = new Map<string, number>();
  const told = new Set<string>();

  const onBoard = (): readonly { readonly standstill: Standstill; readonly silentMs: number }[] =>
    board
      .list()
      .flatMap(({ process, status, silentMs }) => {
        if (status.part !== 'standstill') return [];
        const { data } = standstillSchema.safeParse(status);
        return data !== undefined && standstillKey(data) === process ? [{ standstill: data, silentMs }] : [];
      })
      .slice(0, mostStandstills);
  const open = (): readonly Standstill[] => {
    const all = new Map(ahead);
    for (const { standstill } of onBoard()) all.set(standstillKey(standstill), standstill);
    return [...all].filter(([key]) => !withdrawn.has(key)).map(([, standstill]) => standstill);
  };
  const say = (standstill: Standstill, value: string | null): Promise<void> =>
    bus.append(topic.status, [{ key: standstillKey(standstill), value, at: clock() }]);
  const tell = async (standstill: Standstill): Promise<void> => {
    await bus.append(topic.findings, [findingRecord(standstill, await partitionsOf(bus))]);
    told.add(standstillKey(standstill));
  };
  const end = async (standstill: Standstill, reason: string): Promise<void> => {
    const key = standstillKey(standstill);
    const over = { at: Math.trunc(clock()), reason };
    await bus.append(topic.findings, [endedRecord(standstill, await partitionsOf(bus), over)]);
    await say(standstill, null);
    ahead.delete(key);
    told.delete(key);
    withdrawn.set(key, clock());
  };

  return {
    look() {
      const there = new Set(onBoard().map(({ standstill }) => standstillKey(standstill)));
      for (const key of there) ahead.delete(key);
      for (const [key, at] of withdrawn) {
        // What is there so long after was said once more by another that had not heard of the end, and may be gone: then it is ours to end again.
        if (!there.has(key) || clock() - at > refreshMs) withdrawn.delete(key);
      }
      for (const key of told) if (!there.has(key) && !ahead.has(key)) told.delete(key);
    },
    open,
    async begin(standstill) {
      const key = standstillKey(standstill);
      // The word first: who dies in between leaves something that is told by the next, and ended by it.
      await say(standstill, JSON.stringify(standstill));
      withdrawn.delete(key);
      ahead.set(key, standstill);
      await tell(standstill);
    },
    async goOn(standstill) {
      const key = standstillKey(standstill);
      // Another may have ended between its word and its finding; the same finding once more changes nothing.
      if (!told.has(key)) await tell(standstill);
      const last = onBoard().find((one) => standstillKey(one.standstill) === key);
      if (last !== undefined && last.silentMs > refreshMs) await say(standstill, JSON.stringify(standstill));
    },
    end,
    async forget(names) {
      const isWatched = ({ of }: Standstill): boolean =>
        names.some((name) => of === name || (!name.includes('/') && of.startsWith(`${name}/`)));
      for (const { standstill, silentMs } of onBoard())
        if (silentMs > forgottenMs && !isWatched(standstill)) await end(standstill, 'nobody watches it any more');
    },
  };
}

const partitionsOf = async (bus: Bus): Promise<number> => (await bus.bounds(topic.findings)).length;
