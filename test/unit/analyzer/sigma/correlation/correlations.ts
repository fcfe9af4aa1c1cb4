import type { CorrelationSpec } from '../../../../../analyzer/sigma/correlation/spec.ts';
import type { Correlation } from '../../../../../analyzer/sigma/rule.ts';

/** A correlation around what a test is about. */
export function correlation(
  spec: Partial<CorrelationSpec> & Pick<CorrelationSpec, 'rules'>,
  info: Partial<Correlation> = {},
): Correlation {
  const id = info.id ?? 'seq';
  return {
    kind: 'correlation',
    id,
    title: id,
    level: 'high',
    logsource: {},
    catalogue: [],
    nature: 'event',
    tier: 'engine',
    summary: id,
    description: '',
    why: '',
    check: [],
    falsePositives: [],
    techniques: [],
    tactics: [],
    fields: [],
    hash: `hash of ${id}`,
    file: 'rules/seq.yml',
    line: 1,
    origin: 'rules',
    ...info,
    correlation: {
      type: 'event_count',
      timespanMs: 10_000,
      groupBy: [],
      aliases: {},
      bounds: [{ op: 'gte', number: 1 }],
      fields: [],
      generate: false,
      ...spec,
    },
  };
}
