import type { Filter } from '../rule.ts';
import { parseSearch } from './detection.ts';
import type { Expansion } from './room.ts';
import { isMap, isScalar, isSeq, pairOf, plain, RuleError, type YAMLMap } from './source.ts';

/**
 * The member `filter` of a filter document (specification 2.1, "Filters"): which rules it is about, and a detection of its own. A rule is told
 * where the filter's condition holds too: an exclusion is written `condition: not selection`. @throws RuleError, RuleErrors
 */
export function parseFilter(root: YAMLMap, expansion: Expansion): Pick<Filter, 'rules' | 'detection'> {
  const pair = pairOf(root, 'filter');
  const node = plain(pair?.value);
  if (!isMap(node)) throw new RuleError('a filter is a map', pair?.key ?? root);
  return { rules: rulesOf(node), detection: parseSearch(node, ['rules'], expansion) };
}

function rulesOf(map: YAMLMap): Filter['rules'] {
  const pair = pairOf(map, 'rules');
  if (pair === undefined) throw new RuleError('a filter names its rules: ids or names, or any', map);
  const node = plain(pair.value);
  if (isScalar(node) && typeof node.value === 'string')
    return node.value.toLowerCase() === 'any' ? 'any' : [node.value];
  if (!isSeq(node)) throw new RuleError('rules is a list of ids or names, or any', pair.key);
  // An empty list is every rule: so the specification writes it.
  if (node.items.length === 0) return 'any';
  return node.items.map((item) => {
    if (!isScalar(item) || typeof item.value !== 'string')
      throw new RuleError('a rule is named by its id or name', isScalar(item) ? item : node);
    return item.value;
  });
}
