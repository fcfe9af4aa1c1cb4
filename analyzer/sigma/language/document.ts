import { type Severity, severities } from '../../../shared/finding.ts';
import { contentHash, type Json } from '../../../shared/hash.ts';
import type { CompiledRule, RuleProblem } from '../rule.ts';
import { type Condition, parseCondition } from './condition.ts';
import { type Compiled, compileIdentifier, type Predicate } from './item.ts';
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
  RuleErrors,
  readSource,
  type Scalar,
  type SourceDocument,
  textOf,
  textsOf,
  type YAMLMap,
} from './source.ts';

/** A rule with the rest of its document, for what stands beside the detection (samples). */
export interface RuleDocument {
  readonly rule: CompiledRule;
  /** Top-level members as plain values. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const longestTitle = 256;

/** Reads a rule file: every document that can be used, and what is wrong with the others. Never throws. */
export function parseRuleFile(
  text: string,
  file: string,
): { documents: readonly RuleDocument[]; problems: readonly RuleProblem[] } {
  const { documents: sources, problems: unreadable } = readSource(text, file);
  const documents: RuleDocument[] = [];
  const problems = [...unreadable];
  for (const document of sources) {
    try {
      documents.push(...gather([() => parseDocument(document)]));
      problems.push(...oddities(document));
    } catch (error) {
      if (!(error instanceof RuleErrors)) throw error;
      const place = ({ node, before }: RuleError) =>
        node ? document.source.place(node, before) : document.source.place(document.root);
      problems.push(
        ...error.errors.map(
          (wrong): RuleProblem => ({ severity: 'error', file, ...place(wrong), message: wrong.message }),
        ),
      );
    }
  }
  return { documents, problems };
}

function parseDocument({ source, root }: SourceDocument): RuleDocument {
  for (const kind of ['correlation', 'filter', 'action']) {
    const pair = pairOf(root, kind);
    if (pair !== undefined) throw new RuleError(`${kind} documents are not supported yet`, pair.key);
  }
  // A list of parts of the rule: whatever is wrong in any of them is told in one go.
  const parts = gather<Partial<CompiledRule>>([
    () => ({ title: titleOf(root) }),
    () => idOf(root),
    () => ({ level: levelOf(root) }),
    () => statusOf(root),
    () => ({ logsource: logsourceOf(root) }),
    () => customOf(root),
    () => attackOf(textsOf(root, 'tags')),
    () => ({ description: textOf(root, 'description') ?? '', falsePositives: textsOf(root, 'falsepositives') }),
    () => parseDetection(root),
  ]);
  const attributes = root.toJSON() as Record<string, unknown>;
  const hash = hashOf(attributes);
  const rule = {
    id: derivedId(attributes),
    summary: String(attributes.title),
    hash,
    file: source.file,
    line: source.place(root).line,
    ...Object.assign({}, ...parts),
    // Every member that a rule has is made by one of the parts above.
  } as CompiledRule;
  return { attributes, rule };
}

function titleOf(root: YAMLMap): string {
  const title = textOf(root, 'title');
  if (!title) throw new RuleError('a rule needs a title', pairOf(root, 'title')?.key ?? root);
  if (title.length > longestTitle)
    throw new RuleError(`a title has at most ${longestTitle} characters`, pairOf(root, 'title')?.key);
  return title;
}

function idOf(root: YAMLMap): { readonly id?: string } {
  const id = textOf(root, 'id');
  if (id === '') throw new RuleError('an id is a UUID', valueNode(root, 'id'));
  return id === undefined ? {} : { id };
}

function levelOf(root: YAMLMap): Severity {
  const level = textOf(root, 'level') ?? 'medium';
  const found = severities.find((severity) => severity === level);
  if (found === undefined)
    throw new RuleError(
      `level ${level} is not one of ${severities.join(', ')}${didYouMean(level, severities)}`,
      valueNode(root, 'level'),
    );
  return found;
}

function statusOf(root: YAMLMap): { readonly status?: string } {
  const status = textOf(root, 'status');
  if (status !== undefined && !statuses.includes(status)) {
    throw new RuleError(
      `status ${status} is not one of ${statuses.join(', ')}${didYouMean(status, statuses)}`,
      valueNode(root, 'status'),
    );
  }
  return status === undefined ? {} : { status };
}

function logsourceOf(root: YAMLMap): CompiledRule['logsource'] {
  const pair = pairOf(root, 'logsource');
  const node = plain(pair?.value);
  if (!isMap(node)) throw new RuleError('a rule needs a logsource: product, category or service', pair?.key ?? root);
  const [product, category, service] = ['product', 'category', 'service'].map((key) => {
    const text = textOf(node, key)?.toLowerCase();
    // Empty would read as "any" and so apply to everything.
    if (text === '') throw new RuleError(`${key} is empty`, pairOf(node, key)?.key);
    return text;
  });
  if (product === undefined && category === undefined && service === undefined)
    throw new RuleError('a logsource names at least one of product, category and service', node);
  return { ...(product && { product }), ...(category && { category }), ...(service && { service }) };
}

/** Attributes of our own; the specification lets a rule carry any. */
function customOf(root: YAMLMap): Partial<CompiledRule> {
  const nature = textOf(root, 'nature') ?? 'event';
  const summary = textOf(root, 'summary');
  if (nature !== 'event' && nature !== 'condition')
    throw new RuleError('nature is event or condition', valueNode(root, 'nature'));
  return {
    nature,
    catalogue: textsOf(root, 'catalogue'),
    tier: textOf(root, 'tier') ?? 'engine',
    ...(summary ? { summary } : {}),
    why: textOf(root, 'why') ?? '',
    check: textsOf(root, 'check'),
  };
}

/** ATT&CK ids and tactics from `attack.…` tags. */
function attackOf(tags: readonly string[]): Pick<CompiledRule, 'techniques' | 'tactics'> {
  const names = tags.flatMap((tag) => (tag.startsWith('attack.') ? [tag.slice('attack.'.length)] : []));
  return {
    techniques: names.filter((name) => /^t\d{4}(\.\d{3})?$/.test(name)).map((name) => name.toUpperCase()),
    // Written with underscores until 2024.
    tactics: names.map((name) => name.replaceAll('_', '-')).filter((name) => /^[a-z][a-z-]+$/.test(name)),
  };
}

/** What the specification asks for but nothing depends on: told, and the rule is used. */
function oddities({ source, root }: SourceDocument): readonly RuleProblem[] {
  const odd = (node: Node | null, message: string): RuleProblem => ({
    severity: 'warning',
    file: source.file,
    ...source.place(node),
    message,
  });
  const tags = plain(pairOf(root, 'tags')?.value);
  const wrongTags = (isSeq(tags) ? tags.items : []).filter(
    (tag): tag is Scalar => isScalar(tag) && !/^[a-z0-9_-]+\.[a-z0-9._-]+$/.test(String(tag.value)),
  );
  const id = textOf(root, 'id');
  return [
    ...(id === undefined || uuid.test(id) ? [] : [odd(valueNode(root, 'id'), `id ${id} is not a UUID`)]),
    ...wrongTags.map((tag) => odd(tag, `tag ${String(tag.value)} is not namespace.value in lower case`)),
  ];
}

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function parseDetection(root: YAMLMap): Compiled {
  const pair = pairOf(root, 'detection');
  const node = plain(pair?.value);
  if (!isMap(node)) throw new RuleError('a rule needs a detection', pair?.key ?? root);
  const all = members(node);
  const timeframe = all.find(({ key }) => key === 'timeframe');
  if (timeframe !== undefined)
    throw new RuleError('timeframe was removed from Sigma; correlation rules replace it', timeframe.keyNode);
  const searched = all.filter(({ key }) => key !== 'condition');
  if (searched.length === 0) throw new RuleError('a detection needs a search identifier', pair?.key);
  const conditions: Condition[] = [];
  const identifiers = new Map<string, Compiled>();
  gather<unknown>([
    ...searched.map(
      ({ key, keyNode, value }) =>
        () =>
          identifiers.set(key, compileIdentifier(value, keyNode)),
    ),
    () =>
      conditions.push(
        ...conditionsOf(
          node,
          searched.map(({ key }) => key),
        ),
      ),
  ]);
  const tests = conditions.map((condition) => evaluate(condition, identifiers));
  return {
    matches: (observation) => tests.some((test) => test(observation)),
    fields: [...new Set([...identifiers.values()].flatMap(({ fields }) => fields))],
  };
}

/** One condition, or a list of which any is enough. */
function conditionsOf(detection: YAMLMap, identifiers: readonly string[]): readonly Condition[] {
  const pair = pairOf(detection, 'condition');
  const node = plain(pair?.value);
  const texts = isSeq(node) && node.items.length > 0 ? node.items : [node];
  return texts.map((text) => {
    if (!isScalar(text) || typeof text.value !== 'string' || text.value.trim() === '')
      throw new RuleError('a detection needs a condition', pair?.key ?? detection);
    return parseCondition(text.value, identifiers, text);
  });
}

function evaluate(condition: Condition, identifiers: ReadonlyMap<string, Compiled>): Predicate {
  if (condition.kind === 'identifier') return identifiers.get(condition.name)?.matches ?? (() => false);
  if (condition.kind === 'not') {
    const inner = evaluate(condition.of, identifiers);
    return (observation) => !inner(observation);
  }
  const parts = condition.of.map((part) => evaluate(part, identifiers));
  return condition.kind === 'and'
    ? (observation) => parts.every((part) => part(observation))
    : (observation) => parts.some((part) => part(observation));
}

const valueNode = (root: YAMLMap, key: string): Node | null => plain(pairOf(root, key)?.value);

/** For rules that give themselves none: the same as long as they look for the same under the same name. */
const derivedId = ({ title, logsource, detection }: Record<string, unknown>): string =>
  contentHash({ title, logsource, detection } as Json).slice(0, 32);

/** What the rule means and says; samples and layout do not change it. */
function hashOf(attributes: Record<string, unknown>): string {
  return contentHash({ ...attributes, samples: undefined } as Json);
}
