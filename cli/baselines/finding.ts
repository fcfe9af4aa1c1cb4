import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Api } from '../client/api.ts';
import { findingCalled } from '../finding-called.ts';

/** One thing that a finding deviates in. */
export interface Part {
  readonly feature: string;
  readonly key: string;
}

/** A finding that is a deviation, with what it deviates in; the rarest first. */
export interface Deviation {
  readonly finding: Finding;
  readonly workload: NonNullable<Finding['workload']>;
  readonly parts: readonly [Part, ...Part[]];
}

/** By the id of its finding, or how that begins. @throws UserError when no or several findings are meant, or it is none about what a baseline has */
export async function findDeviation(api: Pick<Api, 'get'>, called: string): Promise<Deviation> {
  const finding = await findingCalled(api, called);
  const { id, workload, kind, digest, observation } = finding;
  const { 'deviation.feature': feature, 'deviation.key': key } = observation;
  if (workload !== undefined && typeof feature === 'string' && typeof key === 'string')
    return { finding, workload, parts: [{ feature, key }, ...moreParts(finding, { feature, key })] };
  if (kind !== 'deviation') {
    const rule = escapeControl(finding.rule.id, 80);
    throw new UserError(`${escapeControl(id, 80)} is no deviation: the rule ${rule} made it`, {
      fix: `see \`moorwatch rules show ${rule}\``,
    });
  }
  throw new UserError(
    digest === true
      ? `${escapeControl(id, 80)} is a digest of what was new while learning: it is about nothing single`
      : `${escapeControl(id, 80)} does not say which item it is about`,
    { fix: `see \`moorwatch baselines show ${escapeControl(workload?.id ?? '', 200)}\`` },
  );
}

/** Where one observation deviates in several, each is named as `feature/key`. */
function moreParts({ observation: { 'deviation.parts': names } }: Finding, first: Part): readonly Part[] {
  if (!Array.isArray(names)) return [];
  return names.flatMap((name): readonly Part[] => {
    const [, feature, key] = /^([a-z-]+)\/(.+)$/s.exec(String(name)) ?? [];
    if (feature === undefined || key === undefined) return [];
    return feature === first.feature && key === first.key ? [] : [{ feature, key }];
  });
}

/** The parts that are called so: by feature, or by feature and key as the finding has them. @throws UserError */
export function partsCalled({ parts, finding }: Deviation, called: string | undefined): readonly Part[] {
  if (called === undefined) return parts;
  const found = parts.filter(({ feature, key }) => called === feature || called === `${feature}/${key}`);
  if (found.length > 0) return found;
  throw new UserError(`${escapeControl(called, 200)} is no part of ${escapeControl(finding.id, 80)}`, {
    fix: `it has: ${parts.map(({ feature, key }) => escapeControl(`${feature}/${key}`, 200)).join(', ')}`,
  });
}
