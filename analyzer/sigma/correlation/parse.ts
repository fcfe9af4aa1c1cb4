import {
  didYouMean,
  gather,
  isMap,
  isScalar,
  isSeq,
  members,
  type Node,
  pairOf,
  plain,
  RuleError,
  writtenIn,
  type YAMLMap,
} from '../language/source.ts';
import { type Condition, parseCorrelationCondition } from './condition.ts';
import { type CorrelationSpec, type CorrelationType, correlationTypes } from './spec.ts';

const types: readonly CorrelationType[] = [...correlationTypes, 'value_median'];
const keys = ['type', 'rules', 'timespan', 'group-by', 'aliases', 'condition', 'generate'] as const;

/** A month and a year of the mean Gregorian length, as in pySigma, which alone knows these two. */
const unitMs: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
  ['M', 2_629_746_000],
  ['y', 31_556_952_000],
]);

/** Reads the member `correlation` of a document (specification 2.1). @throws RuleErrors with everything that is wrong in it */
export function parseCorrelation(root: YAMLMap): CorrelationSpec {
  const pair = pairOf(root, 'correlation');
  const [section] = gather([() => mapOf(plain(pair?.value), 'correlation', pair?.key ?? root)]);
  if (section === undefined) throw new Error('gather gives one value for each reader');
  const all = members(section);
  const memberOf = (key: (typeof keys)[number]) => all.find((member) => member.key === key);
  const missing = (key: string) => new RuleError(`a correlation needs ${key}`, pair?.key);

  const read: { type?: CorrelationType; rules?: readonly string[]; condition?: Condition } = {};
  const parts = gather<Partial<CorrelationSpec>>([
    () => {
      const type = memberOf('type');
      if (type === undefined) throw missing('a type');
      read.type = typeOf(type.value, type.keyNode);
      return { type: read.type };
    },
    () => {
      const rules = memberOf('rules');
      if (rules === undefined) throw missing('rules');
      read.rules = namesOf(rules.value, { what: 'rules', owner: rules.keyNode });
      if (read.rules.length === 0) throw new RuleError('rules names at least one rule', rules.keyNode);
      return { rules: read.rules };
    },
    () => {
      const timespan = memberOf('timespan');
      if (timespan === undefined) throw missing('a timespan');
      return { timespanMs: timespanOf(timespan.value, timespan.keyNode) };
    },
    () => {
      const groupBy = memberOf('group-by');
      return { groupBy: groupBy ? namesOf(groupBy.value, { what: 'group-by', owner: groupBy.keyNode }) : [] };
    },
    () => {
      const aliases = memberOf('aliases');
      return { aliases: aliases ? aliasesOf(aliases.value, aliases.keyNode) : {} };
    },
    () => {
      const member = memberOf('condition');
      read.condition = parseCorrelationCondition(member?.value ?? null, {
        type: typeIfKnown(memberOf('type')?.value),
        rules: read.rules?.length ?? 0,
        owner: member?.keyNode ?? pair?.key ?? root,
        isGiven: member !== undefined,
      });
      return read.condition;
    },
    () => ({ generate: generateOf(root, memberOf('generate')) }),
    ...all.map((member) => () => refuseUnknown(member)),
  ]);
  // Every member that a specification has is made by one of the parts above.
  return Object.assign({}, ...parts) as CorrelationSpec;
}

type Member = ReturnType<typeof members>[number];

function refuseUnknown(member: Member): Record<string, never> {
  if (keys.some((key) => key === member.key)) return {};
  const hint =
    member.key === 'field' || member.key === 'percentile'
      ? `; ${member.key} stands in condition`
      : didYouMean(member.key === 'timeframe' ? 'timespan' : member.key, keys);
  throw new RuleError(`a correlation has no ${member.key}${hint}`, member.keyNode);
}

const typeIfKnown = (node: Node | null | undefined): CorrelationType | undefined =>
  isScalar(node) ? types.find((type) => type === node.value) : undefined;

function typeOf(node: Node | null, owner: Node): CorrelationType {
  const found = typeIfKnown(node);
  if (found !== undefined) return found;
  const written = isScalar(node) ? String(node.value) : '';
  throw new RuleError(`type is one of ${types.join(', ')}${didYouMean(written, types)}`, node ?? owner);
}

function timespanOf(node: Node | null, owner: Node): number {
  const text = isScalar(node) ? String(node.value) : '';
  const [, count, unit] = /^(\d+)([smhdwMy])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs.get(unit ?? '') ?? Number.NaN);
  if (!Number.isSafeInteger(ms) || ms <= 0)
    throw new RuleError('timespan is a number with a unit of s, m, h, d or w (90m), more than zero', node ?? owner);
  return ms;
}

/** Texts, each once; one alone is a list of one. */
function namesOf(node: Node | null, { what, owner }: { readonly what: string; readonly owner: Node }) {
  const items = isSeq(node) ? node.items.map(plain) : [node];
  const names: string[] = [];
  gather(
    items.map((item) => () => {
      const name = isScalar(item) && typeof item.value === 'number' ? writtenIn(item) : textIn(item);
      if (name === undefined) throw new RuleError(`${what} is a list of texts`, item ?? owner);
      if (names.includes(name)) throw new RuleError(`${what} names ${name} twice`, item ?? owner);
      names.push(name);
    }),
  );
  return names;
}

const textIn = (node: Node | null): string | undefined =>
  isScalar(node) && typeof node.value === 'string' && node.value !== '' ? node.value : undefined;

function aliasesOf(node: Node | null, owner: Node): CorrelationSpec['aliases'] {
  const entries = gather(
    members(mapOf(node, 'aliases', owner)).map(({ key, keyNode, value }) => () => {
      const fields = members(mapOf(value, `alias ${key}`, keyNode)).map((member) => {
        const field = textIn(member.value);
        if (field === undefined)
          throw new RuleError(`alias ${key} gives for each rule the name of a field`, member.value ?? member.keyNode);
        return [member.key, field] as const;
      });
      if (fields.length === 0) throw new RuleError(`alias ${key} gives for each rule the name of a field`, keyNode);
      return [key, Object.fromEntries(fields)] as const;
    }),
  );
  return Object.fromEntries(entries);
}

function mapOf(node: Node | null, what: string, owner: Node): YAMLMap {
  if (!isMap(node)) throw new RuleError(`${what} is a map`, node ?? owner);
  return node;
}

/** The text shows it beside `level`, pySigma reads it inside `correlation`. */
function generateOf(root: YAMLMap, inside: Member | undefined): boolean {
  const outside = pairOf(root, 'generate');
  const read = [outside && plain(outside.value), inside?.value].flatMap((node) => {
    if (node === undefined) return [];
    if (!isScalar(node) || typeof node.value !== 'boolean')
      throw new RuleError('generate is true or false', node ?? inside?.keyNode ?? outside?.key);
    return [node.value];
  });
  if (new Set(read).size > 1) throw new RuleError('generate is given twice and differs', inside?.keyNode);
  return read[0] ?? false;
}
