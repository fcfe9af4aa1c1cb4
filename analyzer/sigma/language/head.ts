import { type Severity, severities } from '../../../shared/finding.ts';
import type { RuleInfo, RuleProblem } from '../rule.ts';
import type { LogSource } from '../taxonomy.ts';
import {
  didYouMean,
  gather,
  isMap,
  isScalar,
  isSeq,
  type Node,
  pairOf,
  plain,
  RuleError,
  type Scalar,
  type SourceDocument,
  textOf,
  textsOf,
  valueNode,
  type YAMLMap,
} from './source.ts';

const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const longestTitle = 256;

/** What detections and correlations say of themselves. All that is wrong is told at once. @throws RuleErrors */
export function headOf(
  root: YAMLMap,
): Omit<RuleInfo, 'id' | 'name' | 'label' | 'logsource' | 'fields' | 'hash' | 'file' | 'line' | 'origin'> {
  const parts = gather<Partial<RuleInfo>>([
    () => ({ title: titleOf(root) }),
    () => ({ level: levelOf(root) }),
    () => statusOf(root),
    () => customOf(root),
    () => attackOf(textsOf(root, 'tags')),
    () => ({ description: textOf(root, 'description') ?? '', falsePositives: textsOf(root, 'falsepositives') }),
  ]);
  const title = textOf(root, 'title') ?? '';
  // Every member is made by one of the parts above.
  return Object.assign({ summary: title }, ...parts) as RuleInfo;
}

export function titleOf(root: YAMLMap): string {
  const title = textOf(root, 'title');
  if (!title) throw new RuleError('a rule needs a title', pairOf(root, 'title')?.key ?? root);
  if (title.length > longestTitle)
    throw new RuleError(`a title has at most ${longestTitle} characters`, pairOf(root, 'title')?.key);
  return title;
}

/** Texts that others call a document by; undefined when it has none. */
export function referencesOf(root: YAMLMap): { readonly id?: string; readonly name?: string } {
  const [id, name] = ['id', 'name'].map((key) => {
    const text = textOf(root, key);
    if (text === '') throw new RuleError(`${key} is empty`, valueNode(root, key));
    return text;
  });
  return { ...(id !== undefined && { id }), ...(name !== undefined && { name }) };
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

export function logsourceOf(root: YAMLMap): LogSource {
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
function customOf(root: YAMLMap): Partial<RuleInfo> {
  const nature = textOf(root, 'nature') ?? 'event';
  const summary = textOf(root, 'summary');
  const misses = textOf(root, 'misses')?.trim();
  if (nature !== 'event' && nature !== 'condition')
    throw new RuleError('nature is event or condition', valueNode(root, 'nature'));
  return {
    nature,
    catalogue: textsOf(root, 'catalogue'),
    tier: textOf(root, 'tier') ?? 'engine',
    ...(misses ? { misses } : {}),
    ...(summary ? { summary } : {}),
    why: textOf(root, 'why') ?? '',
    check: textsOf(root, 'check'),
  };
}

/** ATT&CK ids and tactics from `attack.…` tags. */
function attackOf(tags: readonly string[]): Pick<RuleInfo, 'techniques' | 'tactics'> {
  const names = tags.flatMap((tag) => (tag.startsWith('attack.') ? [tag.slice('attack.'.length)] : []));
  return {
    techniques: names.filter((name) => /^t\d{4}(\.\d{3})?$/.test(name)).map((name) => name.toUpperCase()),
    // Written with underscores until 2024.
    tactics: names.map((name) => name.replaceAll('_', '-')).filter((name) => /^[a-z][a-z-]+$/.test(name)),
  };
}

/** What the specification asks for but nothing depends on: told, and the rule is used. */
export function oddities({ source, root }: SourceDocument): readonly RuleProblem[] {
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
