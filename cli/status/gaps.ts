import { z } from 'zod';
import type { Api } from '../client/api.ts';
import { tableLines } from '../table.ts';
import { timeText } from '../time.ts';

const ledgerSchema = z.object({
  total: z.number(),
  gaps: z.array(
    z.object({
      at: z.number(),
      severity: z.string(),
      host: z.object({ id: z.string(), name: z.string() }),
      container: z.object({ id: z.string(), name: z.string() }).optional(),
      from: z.number(),
      to: z.number(),
      reason: z.string(),
      summary: z.string(),
    }),
  ),
});
/** When Moorwatch was blind lately: the newest, and how many in all. */
export type Ledger = z.infer<typeof ledgerSchema>;

/** Those of the last day, by the clock of the feed. @throws UserError when the log does not answer */
export const readLedger = async (api: Api): Promise<Ledger> =>
  ledgerSchema.parse(await api.get('/api/v1/gaps?limit=1000'));

/** One line for those who look whether all is well. */
export function ledgerSummary({ total, gaps }: Ledger): string {
  if (total === 0) return 'no gaps in the last 24 h';
  const grave = gaps.filter(({ severity }) => severity === 'high').length;
  const count = total === 1 ? '1 gap' : `${total} gaps`;
  return `${count} in the last 24 h${grave === 0 ? '' : `, ${grave} of them high`}: moorwatch status --gaps`;
}

/** For people, newest first. */
export const ledgerLines = ({ total, gaps }: Ledger): readonly string[] => [
  ...tableLines(
    ['  FROM', 'FOR', 'HOST', 'CONTAINER', 'SEVERITY', 'WHY', 'WHAT'],
    gaps.map(({ from, to, host, container, severity, reason, summary }) => [
      `  ${timeText(from)}`,
      span(to - from),
      host.name,
      container?.name ?? '-',
      severity,
      reason,
      summary,
    ]),
    300,
  ),
  ...(total > gaps.length ? [`  and ${total - gaps.length} older ones`] : []),
];

function span(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 100) / 10)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`;
}
