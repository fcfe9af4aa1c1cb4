import { createCorrelator } from '../../../analyzer/sigma/correlation/correlator.ts';
import { linkCorrelations } from '../../../analyzer/sigma/correlation/link.ts';
import { createMemoryStore } from '../../../analyzer/sigma/correlation/memory-store.ts';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import type { Correlation } from '../../../analyzer/sigma/rule.ts';

const events = 1_000_000;
const groups = 100_000;
/** Event time that all of it takes: within the window of each correlation. */
const lengthMs = 240_000;

const rule = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: { product: linux }\ndetection: { sel: { f: x }, condition: sel }\n`;

const correlation = (type: string, more: string): string =>
  `title: ${type}\ncorrelation:\n  type: ${type}\n  rules: [first, second]\n  group-by: [User]\n  timespan: 5m\n${more}`;

const kinds = [
  correlation('event_count', '  condition: { gte: 10 }\n'),
  correlation('value_count', '  condition: { field: Target, gte: 10 }\n'),
  correlation('temporal_ordered', ''),
];

export interface CorrelationResult {
  readonly name: string;
  readonly text: string;
  /** Megabytes that the heap grew by, and the bound that was set. */
  readonly heap: number;
  readonly bound: number;
}

/** One correlation of each kind with room for all groups, and one with much too little. Needs `--expose-gc`. */
export function* benchCorrelations(): Generator<CorrelationResult> {
  for (const [text, bound] of [...kinds.map((kind) => [kind, 256] as const), [kinds[0] ?? '', 16] as const]) {
    const store = createMemoryStore({ bytes: bound * 2 ** 20 });
    const before = heapMegabytes();
    const { rate, completed } = run(text, store);
    const heap = heapMegabytes() - before;
    const name = `${text.split('\n', 1)[0]?.slice('title: '.length)}, at most ${bound} MB`;
    const held = `${store.size} groups held in ${(store.bytes / 2 ** 20).toFixed(0)} MB as counted (heap: ${heap.toFixed(0)} MB)`;
    const evicted = `${store.evicted} evicted, ${completed} completed`;
    yield { name, text: `${rate} events per second of CPU time, ${held}, ${evicted}`, heap, bound };
  }
}

function heapMegabytes(): number {
  if (globalThis.gc === undefined) throw new Error('start node with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function run(text: string, store: ReturnType<typeof createMemoryStore>): { rate: string; completed: number } {
  const { documents, problems } = parseRuleFile([text, rule('first'), rule('second')].join('---\n'), 'bench.yml');
  const parsed = documents.map(({ rule: one }) => one);
  const rules = parsed.filter((one) => one.kind === 'rule');
  const linked = linkCorrelations(
    parsed.filter((one): one is Correlation => one.kind === 'correlation'),
    rules,
  );
  const [problem] = [...problems, ...linked.problems];
  if (problem !== undefined) throw new Error(problem.message);
  const correlator = createCorrelator(linked.correlations, store);
  const ids = rules.map(({ id }) => id);
  let completed = 0;
  const began = process.cpuUsage();
  for (let index = 0; index < events; index += 1) {
    // A prime, so that groups come round in an order of their own.
    const name = [`user-${(index * 7_919) % groups}`];
    const target = [`host-${index % 1_009}`];
    const occurrence = {
      rule: ids[Math.floor(index / groups) % ids.length] ?? '',
      at: 1_780_000_000_000 + Math.floor((index / events) * lengthMs),
      read: (field: string) => (field === 'User' ? name : target),
    };
    completed += correlator.take([occurrence], 'host').length;
  }
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  return { rate: Math.round(events / seconds).toLocaleString('en'), completed };
}
