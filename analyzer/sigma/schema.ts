import { severities } from '../../shared/finding.ts';
import { observationKinds } from '../../shared/observation.ts';
import { correlationTypes } from './correlation/spec.ts';
import { modifierNames } from './language/modifiers.ts';

type Schema = Readonly<Record<string, unknown>>;

const keywords = ['if', 'then', 'else'];

/** Put together, because an object that is written with a member `then` is easily taken for a promise. */
const when = (...schemas: readonly [condition: Schema, consequence: Schema, otherwise?: Schema]): Schema =>
  Object.fromEntries<unknown>(schemas.map((schema, index) => [keywords[index] ?? '', schema]));

const text = (description: string): Schema => ({ type: 'string', description });
const texts = (description: string): Schema => ({ type: 'array', items: { type: 'string' }, description });
const textOrTexts = (description: string): Schema => ({
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  description,
});

/**
 * JSON Schema (draft 7, which editors know best) of one document of a rule file: Sigma 2.1 and the attributes of our own. It says what can be
 * said of shapes; what only the loader knows (conditions, chains of modifiers, references), `rules lint` tells.
 */
export function ruleFileSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Moorwatch rule',
    description: 'A Sigma 2.1 detection rule, correlation or filter.',
    type: 'object',
    properties: about,
    required: ['title'],
    ...when(
      { required: ['correlation'] },
      { properties: { correlation, samples: sequenceSamples, ...ours }, required: ['correlation'] },
      when(
        { required: ['filter'] },
        { properties: { filter, logsource, samples }, required: ['logsource', 'filter'] },
        { properties: { detection, logsource, samples, ...ours }, required: ['logsource', 'detection'] },
      ),
    ),
  };
}

const about: Schema = {
  title: { type: 'string', minLength: 1, maxLength: 256, description: 'What it looks for, in some words.' },
  id: {
    type: 'string',
    pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$',
    description: 'A random UUID. It never changes: findings and suppressions refer to it.',
  },
  name: { type: 'string', minLength: 1, description: 'What correlations and filters may call it by.' },
  related: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        id: text('Id of the other rule.'),
        type: { enum: ['correlation', 'derived', 'obsolete', 'merged', 'renamed', 'similar'] },
      },
      required: ['id', 'type'],
    },
  },
  status: { enum: ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] },
  description: text('What it looks for, in full.'),
  license: text('SPDX identifier.'),
  author: text('Who wrote it.'),
  references: texts('Where it comes from.'),
  date: text('When it was made, as 2026-01-31.'),
  modified: text('When it was last changed, as 2026-01-31.'),
  tags: {
    type: 'array',
    items: { type: 'string', pattern: '^[a-z0-9_-]+\\.[a-z0-9._-]+$' },
    description: 'namespace.value: attack.t1611, attack.privilege-escalation, cve.2024-21626.',
  },
  falsepositives: textOrTexts('Harmless things that look the same.'),
  level: { enum: severities, description: 'Default: medium.' },
  fields: texts('Fields that help whoever looks into it.'),
  generate: {
    type: 'boolean',
    description: 'Correlations: whether the rules that it refers to are still told by themselves.',
  },
};

const logsource: Schema = {
  type: 'object',
  description:
    'product docker has as category the kinds of observations; linux has process_creation, network_connection, dns_query and file_event.',
  properties: {
    product: { type: 'string', minLength: 1 },
    category: { type: 'string', minLength: 1 },
    service: { type: 'string', minLength: 1 },
    definition: { type: 'string' },
  },
  anyOf: [{ required: ['product'] }, { required: ['category'] }, { required: ['service'] }],
  ...when(
    { properties: { product: { const: 'docker' } }, required: ['product', 'category'] },
    { properties: { category: { enum: observationKinds } } },
  ),
};

const scalar: Schema = { type: ['string', 'number', 'boolean'] };
const map: Schema = {
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: `^[^|]*(\\|(${modifierNames.join('|')}))*$` },
  additionalProperties: { anyOf: [scalar, { type: 'null' }, { type: 'array', minItems: 1, items: scalar }] },
  description: 'field|modifier: value, or a list of values of which any is enough. All keys of a map must be true.',
};
const identifier: Schema = { anyOf: [map, scalar, { type: 'array', minItems: 1, items: { anyOf: [map, scalar] } }] };
const sentence: Schema = { type: 'string', minLength: 1 };
const condition: Schema = {
  anyOf: [sentence, { type: 'array', minItems: 1, items: sentence }],
  description: 'Search identifiers with and, or, not, ( ), 1 of, any of, all of, them and patterns such as sel_*.',
};

const detection: Schema = {
  type: 'object',
  properties: { condition, timeframe: false },
  required: ['condition'],
  minProperties: 2,
  additionalProperties: identifier,
};

const filter: Schema = {
  type: 'object',
  description:
    'What its condition is false for is not told: to leave out what matches sel, write `condition: not sel`.',
  properties: {
    rules: textOrTexts('Ids or names of the rules; any, or an empty list, is every rule of the log source.'),
    condition,
    timeframe: false,
  },
  required: ['rules', 'condition'],
  minProperties: 3,
  additionalProperties: identifier,
};

const bounds: Schema = {
  type: 'object',
  properties: {
    ...Object.fromEntries(['gt', 'gte', 'lt', 'lte', 'eq', 'neq'].map((op) => [op, { type: 'number' }])),
    field: textOrTexts('What is counted, summed or averaged.'),
    percentile: { type: 'number', minimum: 0, maximum: 100 },
  },
  additionalProperties: false,
};

const correlation: Schema = {
  type: 'object',
  properties: {
    type: { enum: [...correlationTypes, 'value_median'] },
    rules: { anyOf: [sentence, { type: 'array', minItems: 1, items: sentence }], description: 'Ids or names.' },
    timespan: { type: 'string', pattern: '^\\d+[smhdwMy]$', description: 'A number with a unit: 90m.' },
    'group-by': textOrTexts('Events are counted apart for each combination of values of these fields.'),
    aliases: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: 'string' } } },
    condition: bounds,
    generate: about.generate,
  },
  required: ['type', 'rules', 'timespan'],
  additionalProperties: false,
  ...when({ properties: { type: { enum: ['temporal', 'temporal_ordered'] } } }, {}, { required: ['condition'] }),
};

const note = text('What it is.');
const sample: Schema = {
  type: 'object',
  properties: { note },
  description: 'An observation; only what matters is written, the rest is filled in.',
};
const sequenceSample: Schema = {
  type: 'object',
  properties: {
    note,
    events: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          at: { type: ['number', 'string'], description: 'Seconds, or RFC 3339. Default: that of the one before.' },
        },
        description: 'An observation; only what matters is written, the rest is filled in.',
      },
    },
  },
  required: ['events'],
};
const samplesOf = (items: Schema, description: string): Schema => ({
  type: 'object',
  properties: { match: { type: 'array', items }, ignore: { type: 'array', items } },
  additionalProperties: false,
  description,
});
const samples = samplesOf(sample, 'match: a rule is true of it, a filter hides it.');
const sequenceSamples = samplesOf(sequenceSample, 'match: its events complete the sequence.');

/** Attributes of our own; the specification lets a rule carry any. */
const ours: Schema = {
  catalogue: {
    type: 'array',
    items: { type: 'string', pattern: '^[A-Z]{3}-[0-9]{2,}$' },
    description: 'Rows of the detection catalogue that it covers.',
  },
  nature: {
    enum: ['event', 'condition'],
    description: 'Something happened, or something is so, with a beginning and an end. Default: event.',
  },
  tier: {
    enum: ['engine', 'procfs', 'kernel', 'imported'],
    description: 'What must be seen for it. Default: engine.',
  },
  misses: text('What of its rows it does not see.'),
  summary: text('One sentence with {field} places.'),
  why: text('Why it matters.'),
  check: textOrTexts('What to look at.'),
};
