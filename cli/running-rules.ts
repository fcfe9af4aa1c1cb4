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
    return [{ process, hash: data.ruleSet, ...rules, unreadable }];
  });
}

/** Of the Moorwatch that runs here; none when nothing runs here or does not answer: who lists rules does not need it. */
export async function readRunningRules(context: CliContext): Promise<readonly RunningRules[]> {
  try {
    return runningRulesOf(boardSchema.parse(await connectApi(context).get('/api/v1/status')).processes);
  } catch {
    return [];
  }
}
