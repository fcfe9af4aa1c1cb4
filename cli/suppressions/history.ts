import { z } from 'zod';
import { type Finding, findingSchema } from '../../shared/finding.ts';
import type { Api } from '../client/api.ts';

const pageSchema = z.object({ findings: z.array(findingSchema), cursor: z.string() });
const pageSize = 1_000;
/** Findings that are looked at, at most; the oldest come first. */
export const mostFindings = 200_000;

export interface History {
  readonly findings: readonly Finding[];
  /** There are more than are looked at. */
  readonly isCut: boolean;
}

/** The findings that the log has; digests, which open no incident, are left out. @param since ms */
export async function readHistory(api: Api, since: number | undefined): Promise<History> {
  const findings: Finding[] = [];
  let after: string | undefined;
  while (findings.length < mostFindings) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(after === undefined ? {} : { after }),
      ...(since === undefined ? {} : { since: String(Math.round(since)) }),
    });
    const page = pageSchema.parse(await api.get(`/api/v1/findings?${query.toString()}`));
    findings.push(...page.findings.filter(({ digest }) => digest !== true));
    if (page.findings.length < pageSize) return { findings, isCut: false };
    after = page.cursor;
  }
  return { findings, isCut: true };
}
