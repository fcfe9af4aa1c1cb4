import type { Fetched, LogReader, Position } from '../../../shared/bus/kafka/log-reader.ts';
import type { BusRecord } from '../../../shared/bus/port.ts';

/** One partition as a broker would serve it: some offsets hold records, the others markers or nothing. */
export interface LogDouble {
  /** Values by offset. */
  readonly records: Map<number, string | null>;
  oldest: number;
  /** What can be read yet; `end` beyond it belongs to an open transaction. */
  stable: number;
  end: number;
  /** At most so many records in one answer. */
  most: number;
  /** Called before each answer. */
  asked(position: Position): void;
  readonly reader: LogReader;
}

export function createLogDouble(values: readonly (string | null)[]): LogDouble {
  const record = (at: Position, offset: number, value: string | null): BusRecord => {
    const { topic, partition } = at;
    return { topic, partition, offset, key: `k${offset % 2}`, value, headers: {}, at: 1, logged: offset };
  };
  const fetch = (at: Position): Fetched | 'out-of-range' => {
    double.asked(at);
    if (at.offset < double.oldest || at.offset > double.end) return 'out-of-range';
    const seen = [...double.records]
      .filter(([offset]) => offset >= at.offset && offset < double.stable)
      .slice(0, double.most);
    const last = seen.at(-1)?.[0];
    const all = seen.length < double.most;
    return {
      records: seen.map(([offset, value]) => record(at, offset, value)),
      next: all || last === undefined ? Math.max(at.offset, double.stable) : last + 1,
      end: double.end,
    };
  };
  const double: LogDouble = {
    records: new Map(values.map((value, offset) => [offset, value])),
    oldest: 0,
    stable: values.length,
    end: values.length,
    most: 100,
    asked: () => undefined,
    reader: {
      fetch: (at) => Promise.resolve(fetch(at)),
      offsets: (_topic, which) => {
        if (which === 'oldest') return Promise.resolve(new Map([[0, double.oldest]]));
        if (which === 'newest') return Promise.resolve(new Map([[0, double.stable]]));
        const found = [...double.records.keys()].find((offset) => offset >= which.logged);
        return Promise.resolve(new Map([[0, found ?? -1]]));
      },
      close: () => undefined,
    },
  };
  return double;
}
