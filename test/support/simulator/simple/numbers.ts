import type { Observation } from '../../../../shared/observation.ts';

const hourMs = 3_600_000;

/** One number that a workload showed. */
export interface Shown {
  readonly quantity: string;
  readonly value: number;
}

/** Numbers in observations: readings as they come, bytes as rates of the container, and how often things happened in each hour that is over. */
export function createNumbers(): (observation: Observation) => readonly Shown[] {
  const counters = new Map<string, { at: number; tx: number; rx: number }>();
  const hours = new Map<string, { hour: number; count: number }>();
  return (observation) => {
    const { kind, workload, container, resources, at } = observation;
    if (workload === undefined || container === undefined) return [];
    if (observation.event.action === 'destroy') counters.delete(container.id);
    if (resources === undefined) return counted(hours, { of: workload.id, quantity: countedAs(observation), at });
    const [tx, rx] = [resources.network_tx_bytes ?? 0, resources.network_rx_bytes ?? 0];
    const last = counters.get(container.id);
    counters.set(container.id, { at, tx, rx });
    const rate = (now: number, before: number): number =>
      last === undefined ? 0 : (now - before) / ((at - last.at) / 1_000);
    return [
      { quantity: 'cpu', value: resources.cpu_pct_of_quota },
      { quantity: 'memory', value: resources.memory_bytes },
      ...(kind !== 'resources' || last === undefined
        ? []
        : [
            { quantity: 'sent', value: rate(tx, last.tx) },
            { quantity: 'received', value: rate(rx, last.rx) },
          ]),
    ];
  };
}

function countedAs({ kind, event, network }: Observation): string | undefined {
  if (kind === 'connection' && network?.direction === 'egress') return 'connections an hour';
  return kind === 'exec' && event.action === 'exec_start' ? 'execs an hour' : undefined;
}

/** The number of the hour before, told when the next one begins. */
function counted(
  hours: Map<string, { hour: number; count: number }>,
  { of, quantity, at }: { readonly of: string; readonly quantity: string | undefined; readonly at: number },
): readonly Shown[] {
  if (quantity === undefined) return [];
  const key = `${of} ${quantity}`;
  const hour = Math.floor(at / hourMs);
  const known = hours.get(key);
  if (known?.hour === hour) {
    known.count += 1;
    return [];
  }
  hours.set(key, { hour, count: 1 });
  return known === undefined ? [] : [{ quantity, value: known.count }];
}
