import type { RuleProblem } from '../problem.ts';
import type { Placeholders } from './placeholders.ts';
import {
  gather,
  isScalar,
  isSeq,
  members,
  type Node,
  plain,
  RuleError,
  RuleErrors,
  readSource,
  type SourceDocument,
} from './source.ts';

export interface PlaceholdersFile {
  /** None of them when something is wrong. */
  readonly values: Placeholders;
  readonly problems: readonly RuleProblem[];
}

/** Placeholders as people write them: a map (YAML or JSON) of names to a text or a list of texts. Never throws. */
export function parsePlaceholders(text: string, file: string): PlaceholdersFile {
  const { documents, problems } = readSource(text, file);
  const errors = problems
    .filter(({ severity }) => severity === 'error')
    .map((one) => ({ ...one, message: one.message === 'a rule is a map of keys and values' ? shape : one.message }));
  const [document, ...more] = documents;
  if (errors.length > 0 || document === undefined || more.length > 0) {
    const none: RuleProblem = { severity: 'error', file, line: 1, column: 1, message: shape };
    return { values: new Map(), problems: errors.length > 0 ? errors : [none] };
  }
  try {
    return { values: valuesOf(document), problems: [] };
  } catch (error) {
    if (!(error instanceof RuleErrors)) throw error;
    const { source } = document;
    const wrong = error.errors.map(
      ({ node, message }): RuleProblem => ({ severity: 'error', file, ...source.place(node), message }),
    );
    return { values: new Map(), problems: wrong };
  }
}

const shape = 'placeholders are one map of names to lists of texts';

const valuesOf = ({ root }: SourceDocument): Placeholders =>
  new Map(
    gather([
      () =>
        gather(
          members(root).map(
            ({ key, keyNode, value }) =>
              () =>
                [key, textsOf(key, value, keyNode)] as const,
          ),
        ),
    ]).flat(),
  );

function textsOf(name: string, node: Node | null, owner: Node): readonly string[] {
  const list = isSeq(node) ? node.items.map(plain) : [node];
  return list.map((one) => {
    const value = isScalar(one) ? one.value : undefined;
    if (!isScalar(one) || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean'))
      throw new RuleError(`placeholder ${name}: a value is a text or a list of texts`, one ?? owner);
    // `1.10` may be a version.
    return typeof value === 'number' ? (one.source ?? String(value)) : String(value);
  });
}
