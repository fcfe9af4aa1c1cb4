import { suggest } from '../../shared/config/suggest.ts';
import { exitCode, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { WorkloadRef } from '../../shared/observation.ts';

/**
 * Whether this version has features of these names. The analyzer answers the same, but only once the features before it are decided about.
 * @throws UserError that names those that there are
 */
export async function checkFeatures(names: readonly string[]): Promise<void> {
  const { features } = await import('../../analyzer/baselines/features/index.ts');
  const { quantities } = await import('../../analyzer/baselines/quantities/index.ts');
  const known = [...features, ...quantities].map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggest(unknown, known);
  throw new UserError(`there is no feature ${escapeControl(unknown, 80)}`, {
    fix:
      meant === undefined ? `there are: ${known.join(', ')}` : `did you mean ${meant}? There are: ${known.join(', ')}`,
    code: exitCode.usage,
  });
}

/**
 * Whether features that there are can be of a workload: a host itself shows others than containers do. The analyzer answers the same, but only
 * once the features before it are decided about.
 * @throws UserError that says which cannot, and why
 */
export async function checkSubject(names: readonly string[], workload: WorkloadRef): Promise<void> {
  const { features } = await import('../../analyzer/baselines/features/index.ts');
  const { unconcerned } = await import('../../analyzer/baselines/concerns.ts');
  const wrong = features
    .filter(({ name }) => names.includes(name))
    .flatMap((feature) => unconcerned(feature, workload) ?? [])[0];
  if (wrong === undefined) return;
  throw new UserError(escapeControl(wrong, 400), {
    fix: 'import a profile of a host for @host, and one of containers for a workload of containers (--workload)',
    code: exitCode.usage,
  });
}
