import { isNeverHidden, neverHiddenText } from '../../shared/never-hidden.ts';
import type { SuppressionScope } from '../../shared/suppression-scope.ts';
import type { Entry } from './entry.ts';
import { sameRule } from './lines.ts';

/**
 * Why a suppression of one rule would hide nothing, as far as the incidents at hand show: they have a line of it, and nobody can hide any of its
 * findings. Which rows a rule that nothing was found of has is not known here.
 */
export function ruleProblem({ rule }: SuppressionScope, entries: readonly Entry[]): string | undefined {
  if (rule === undefined) return undefined;
  const line = entries.flatMap(({ lines }) => lines).find(({ told }) => sameRule(told, rule))?.told;
  if (line === undefined) return undefined;
  // A signature has one severity; what a sequence or a baseline finds may be less grave the next time.
  const least = line.kind === 'signature' ? line.severity : 'informational';
  if (!isNeverHidden(line.rule.catalogue, least)) return undefined;
  return `it would hide nothing: ${line.rule.title} is of ${line.rule.catalogue.join(', ')}, and ${neverHiddenText}`;
}
