import type { ReferencePlaces } from '../rule.ts';
import { isMap, isSeq, members, plain, type SourceDocument, valueNode } from './source.ts';

/** Where a correlation or filter that was read without an error names its rules, and its aliases. */
export function referencePlaces({ source, root }: SourceDocument, member: 'correlation' | 'filter'): ReferencePlaces {
  const section = valueNode(root, member);
  if (!isMap(section)) return { rules: [], aliases: {} };
  const rules = valueNode(section, 'rules');
  const aliases = valueNode(section, 'aliases');
  return {
    rules: (isSeq(rules) ? rules.items.map(plain) : [rules]).map((node) => source.place(node)),
    aliases: Object.fromEntries(
      isMap(aliases) ? members(aliases).map(({ key, keyNode }) => [key, source.place(keyNode)]) : [],
    ),
  };
}
