import type { RuleProblem } from '../rule.ts';
import {
  didYouMean,
  isMap,
  isScalar,
  mapOf,
  pairOf,
  pairWith,
  plain,
  RuleError,
  type SourceDocument,
  textOf,
  type YAMLMap,
} from './source.ts';

const actions = ['global', 'reset', 'repeat'];

interface Read {
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly RuleProblem[];
}

/**
 * Documents with `action` (older than 2.0, still read by other tools): `global` is laid over every document behind it until the next one or
 * `reset`; `repeat` is laid over the rule before it and makes another. What is laid over wins, maps are merged.
 */
export function applyActions({ documents, problems }: Read): Read {
  if (documents.every(({ root }) => pairOf(root, 'action') === undefined)) return { documents, problems };
  const made: SourceDocument[] = [];
  const wrong: RuleProblem[] = [];
  let template: YAMLMap | undefined;
  let previous: YAMLMap | undefined;
  for (const { root, source } of documents) {
    const action = actionOf(root);
    const over = (under: YAMLMap, upper: YAMLMap): YAMLMap => {
      try {
        return laidOver(under, upper);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        wrong.push({ severity: 'error', file: source.file, ...source.place(error.node), message: error.message });
        return under;
      }
    };
    if (action === 'global') {
      template = without(root);
      previous = template;
    } else if (action === 'reset') template = undefined;
    else if (action === 'repeat' && previous !== undefined) {
      previous = over(previous, without(root));
      made.push({ source, root: previous });
    } else if (action === undefined) {
      previous = template === undefined ? root : over(root, template);
      made.push({ source, root: previous });
    } else {
      const message =
        action === 'repeat'
          ? 'repeat has no rule before it'
          : `action ${action} is not one of ${actions.join(', ')}${didYouMean(action, actions)}`;
      wrong.push({ severity: 'error', file: source.file, ...source.place(pairOf(root, 'action')?.key), message });
    }
  }
  return { documents: made, problems: [...problems, ...wrong] };
}

function actionOf(root: YAMLMap): string | undefined {
  if (pairOf(root, 'action') === undefined) return undefined;
  try {
    return textOf(root, 'action') ?? '';
  } catch {
    return '';
  }
}

function without(root: YAMLMap): YAMLMap {
  return mapOf(
    root,
    root.items.filter((pair) => pair !== pairOf(root, 'action')),
  );
}

/** A new map with the members of both; nodes keep their places. */
function laidOver(under: YAMLMap, over: YAMLMap): YAMLMap {
  const items = [...under.items];
  for (const pair of over.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const index = items.findIndex((item) => isScalar(item.key) && String(item.key.value) === key);
    const below = plain(items[index]?.value);
    const above = plain(pair.value);
    if (index < 0) items.push(pair);
    else items[index] = isMap(below) && isMap(above) ? pairWith(pair, laidOver(below, above)) : pair;
  }
  return mapOf(under, items);
}
