import { z } from 'zod';
import { connectApi } from './client/api.ts';
import type { CliContext } from './context.ts';

/** What a running analyzer said of the rules that it judges by. */
export interface RunningRules {
  /** `analyzer/<instance>`. */
  readonly process: string;
  readonly hash: string;
  readonly loaded: number;
  /** When these rules were taken into use, ms. */
  readonly loadedAt: number;
  /** Files of which an older version is in use; at most some are named. */
  readonly kept: readonly { readonly file: string; readonly rules: number; readonly since: number }[];
  readonly keptCount: number;
  /** Files and directories that it cannot read. */
  readonly unreadable: readonly { readonly file: string; readonly message: string }[];
  /** Times changed rules could not be loaded. */
  readonly failures: number;
  /** Matches that filters have hidden since it started, by id of the filter. */
  readonly hidden: ReadonlyMap<string, number>;
}

const statusSchema = z.object({
  ruleSet: z.string(),
  rules: z.object({
    loaded: z.number(),
    loadedAt: z.number(),
    kept: z.array(z.object({ file: z.string(), rules: z.number(), since: z.number() })),
    keptCount: z.number(),
    rejected: z.array(z.object({ file: z.string(), message: z.string() })),
    failures: z.number(),
  }),
  metrics: z
    .array(z.object({ name: z.string(), value: z.number(), attributes: z.record(z.string(), z.string()) }))
    .default([]),
});
const boardSchema = z.object({ processes: z.array(z.object({ process: z.string(), status: z.unknown() })) });

/** Of the processes that tell something in the status topic, those that judge; an older version tells less, and is left out. */
export function runningRulesOf(
  processes: readonly { readonly process: string; readonly status: unknown }[],
): readonly RunningRules[] {
  return processes.flatMap(({ process, status }) => {
    const { data } = statusSchema.safeParse(status);
    if (data === undefined) return [];
    const { rejected, ...rules } = data.rules;
    const unreadable = rejected.filter(({ message }) => message.startsWith('cannot be read: '));
    return [{ process, hash: data.ruleSet, ...rules, unreadable, hidden: hiddenIn(data.metrics) }];
  });
}

function hiddenIn(metrics: z.infer<typeof statusSchema>['metrics']): ReadonlyMap<string, number> {
  const hidden = new Map<string, number>();
  for (const { name, value, attributes } of metrics) {
    if (name !== 'moorwatch_matches_hidden_total') continue;
    const filter = attributes.filter ?? '';
    hidden.set(filter, (hidden.get(filter) ?? 0) + value);
  }
  return hidden;
}

/** Filters that are named; the rest is in the metrics. */
const mostNamed = 5;

/** What filters hid, as a sentence; undefined when nothing was hidden. */
export function hiddenText({ hidden }: Pick<RunningRules, 'hidden'>): string | undefined {
  if (hidden.size === 0) return undefined;
  const most = [...hidden].sort(([, a], [, b]) => b - a);
  const total = most.reduce((sum, [, count]) => sum + count, 0);
  // As the metrics call what they have no room to tell apart.
  const nameOf = (filter: string): string => (filter === 'other' ? 'others' : filter);
  const named = most.slice(0, mostNamed).map(([filter, count]) => `${count} by ${nameOf(filter)}`);
  const more = most.length > mostNamed ? `, and ${most.length - mostNamed} more filters` : '';
  return `${total} matches hidden by filters since it started: ${named.join(', ')}${more}`;
}

/** Of the Moorwatch that runs here; none when nothing runs here or does not answer: who lists rules does not need it. */
export async function readRunningRules(context: CliContext): Promise<readonly RunningRules[]> {
  try {
    return runningRulesOf(boardSchema.parse(await connectApi(context).get('/api/v1/status')).processes);
  } catch {
    return [];
  }
}
