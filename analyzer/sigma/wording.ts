import { escapeControl } from '../../shared/escape.ts';
import type { Observation } from '../../shared/observation.ts';
import { observationFields } from './fields.ts';
import type { RuleInfo } from './rule.ts';

const longestValue = 200;
const longestSummary = 600;

/** The words of findings: the rule's sentence with the observation's values in its places, and the values themselves. */
export const wording = {
  summary: renderSummary,
  value: (observation: Observation, field: string): unknown => {
    const { present, values } = observationFields(field)(observation);
    return present ? (values.length === 1 ? values[0] : values) : undefined;
  },
};

/**
 * `{field}` is replaced by the field's value, escaped and capped; a field that the observation lacks by a dash. What a sequence says of itself
 * (the fields of its group, `count`) goes before what the observation has.
 */
export function renderSummary(
  rule: RuleInfo,
  observation: Observation,
  sequence: Readonly<Record<string, unknown>> = {},
): string {
  const text = rule.summary.replace(/\{([A-Za-z0-9_.]+)\}/g, (_, field: string) => {
    const all = Object.hasOwn(sequence, field) ? [sequence[field]] : observationFields(field)(observation).values;
    const values = all.filter((value) => value !== null && typeof value !== 'object');
    return values.length === 0 ? '–' : escapeControl(values.map(String).join(', '), longestValue);
  });
  return escapeControl(text, longestSummary);
}
