import { z } from 'zod';
import { severities } from '../../shared/finding.ts';

/** Tiers of coverage from which a row can be seen, the shallowest first. */
export const rowTiers = ['engine', 'procfs', 'kernel'] as const;
export type RowTier = (typeof rowTiers)[number];

const rowSchema = z.strictObject({
  id: z.string().regex(/^[A-Z]{3}-\d\d$/),
  name: z.string().min(1),
  /** Levels that its findings may have; none: it is nothing that is found by itself. */
  severity: z.array(z.enum(severities)),
  /** The first tier that shows anything of it. */
  tier: z.enum(rowTiers),
  /** The tier that shows all of it; absent: the same. */
  full: z.enum(rowTiers).optional(),
  /** Why no rule is meant to cover it. */
  note: z.string().optional(),
});

/** A row of the detection catalogue: something that there is to be seen, whether or not a rule sees it. */
export interface CatalogueRow extends z.infer<typeof rowSchema> {
  readonly full: RowTier;
}

/** Rows from the value of the data file. @throws ZodError */
export function catalogueRows(value: unknown): readonly CatalogueRow[] {
  return z
    .array(rowSchema)
    .parse(value)
    .map((row) => ({ ...row, full: row.full ?? row.tier }));
}
