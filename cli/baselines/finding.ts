import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { type Finding, findingSchema } from '../../shared/finding.ts';
import type { Api } from '../client/api.ts';

/** A finding that is a deviation, with what it deviates in. */
export interface Deviation {
  readonly finding: Finding;
  readonly workload: NonNullable<Finding['workload']>;
  readonly feature: string;
  readonly key: string;
}

/** @throws UserError when no finding has the id, or it is none about a single item */
export async function findDeviation(api: Pick<Api, 'get'>, id: string): Promise<Deviation> {
  const finding = findingSchema.parse(await api.get(`/api/v1/findings/${encodeURIComponent(id)}`));
  const { workload, kind, digest, observation } = finding;
  const { 'deviation.feature': feature, 'deviation.key': key } = observation;
  if (workload !== undefined && typeof feature === 'string' && typeof key === 'string')
    return { finding, workload, feature, key };
  if (kind !== 'deviation') {
    throw new UserError(`${escapeControl(id, 80)} is no deviation: the rule ${finding.rule.id} made it`, {
      fix: `see \`moorwatch rules show ${finding.rule.id}\``,
    });
  }
  throw new UserError(
    digest === true
      ? `${escapeControl(id, 80)} is a digest of what was new while learning: it is about nothing single`
      : `${escapeControl(id, 80)} does not say which item it is about`,
    { fix: `see \`moorwatch baselines show ${workload?.id ?? ''}\`` },
  );
}
