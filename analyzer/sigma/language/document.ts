import { contentHash, type Json } from '../../../shared/hash.ts';
import { parseCorrelation } from '../correlation/parse.ts';
import type { Correlation, Detection, Filter, Rule, RuleDocument, RuleProblem } from '../rule.ts';
import { applyActions } from './actions.ts';
import { fieldsOf, parseDetection } from './detection.ts';
import { parseFilter } from './filter.ts';
import { headOf, logsourceOf, oddities, referencesOf, titleOf } from './head.ts';
import type { Placeholders } from './placeholders.ts';
import { referencePlaces } from './references.ts';
import { createRooms, type Expansion } from './room.ts';
import {
  gather,
  numbersIn,
  pairOf,
  type RuleError,
  RuleErrors,
  readSource,
  type SourceDocument,
  type YAMLMap,
} from './source.ts';

/** A document that can be used, with the rest of what it says, for what stands beside the detection (samples). */
export interface ParsedDocument {
  readonly rule: RuleDocument;
  /** Top-level members as plain values. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ParseOptions {
  /** For `expand`; without them such rules are refused. */
  readonly placeholders?: Placeholders;
  /** See `RuleInfo.origin`; default: the file. */
  readonly origin?: string;
}

/** Reads a rule file: every document that can be used, and what is wrong with the others. Never throws. */
export function parseRuleFile(
  text: string,
  file: string,
  { placeholders = new Map(), origin = file }: ParseOptions = {},
): { documents: readonly ParsedDocument[]; problems: readonly RuleProblem[] } {
  const { documents: sources, problems: unreadable } = applyActions(readSource(text, file));
  const documents: ParsedDocument[] = [];
  const roomOf = createRooms();
  const problems = [...unreadable];
  for (const document of sources) {
    try {
      documents.push(
        ...gather([() => parseDocument(document, { expansion: { placeholders, room: roomOf() }, origin })]),
      );
      problems.push(...oddities(document));
    } catch (error) {
      if (!(error instanceof RuleErrors)) throw error;
      problems.push(...error.errors.map((wrong) => problemOf(document, wrong)));
    }
  }
  return { documents, problems };
}

export const problemOf = ({ source, root }: SourceDocument, { node, before, message }: RuleError): RuleProblem => ({
  severity: 'error',
  file: source.file,
  ...(node ? source.place(node, before) : source.place(root)),
  message,
});

function parseDocument(
  document: SourceDocument,
  { expansion, origin }: { readonly expansion: Expansion; readonly origin: string },
): ParsedDocument {
  const { source, root } = document;
  const attributes = root.toJSON() as Record<string, unknown>;
  const place = {
    hash: hashOf(attributes, root),
    file: source.file,
    line: source.place(root).line,
    origin,
  };
  const parse = pairOf(root, 'correlation') ? correlationOf : pairOf(root, 'filter') ? filterOf : ruleOf;
  const means = { document, attributes, place, expansion };
  return { attributes, rule: parse(root, means) };
}

interface Means {
  readonly document: SourceDocument;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly place: Pick<Rule, 'hash' | 'file' | 'line' | 'origin'>;
  readonly expansion: Expansion;
}

/** Everything that is wrong in any of the parts is told in one go. */
function together<T extends object>(parts: readonly (() => Partial<T>)[]): T {
  // Whoever calls gives parts that together make a T.
  return Object.assign({}, ...gather(parts)) as T;
}

const ruleOf = (root: YAMLMap, { attributes, place, expansion }: Means): Rule => ({
  kind: 'rule',
  ...together<Omit<Rule, 'kind'>>([
    () => namesOf(root, attributes),
    () => headOf(root),
    () => ({ logsource: logsourceOf(root) }),
    () => {
      const detection = parseDetection(root, expansion);
      return { detection, fields: fieldsOf(detection), ...place, hash: hashWith(place.hash, attributes, detection) };
    },
  ]),
});

const correlationOf = (root: YAMLMap, { document, attributes, place }: Means): Correlation => ({
  kind: 'correlation',
  ...together<Omit<Correlation, 'kind'>>([
    () => namesOf(root, attributes),
    () => headOf(root),
    () => ({ logsource: {} }),
    () => {
      const correlation = parseCorrelation(root);
      const fields = [...new Set([...correlation.groupBy, ...correlation.fields])];
      return { correlation, fields, places: referencePlaces(document, 'correlation') };
    },
    () => place,
  ]),
});

const filterOf = (root: YAMLMap, { document, attributes, place, expansion }: Means): Filter => ({
  kind: 'filter',
  ...together<Omit<Filter, 'kind'>>([
    () => namesOf(root, attributes),
    () => ({ title: titleOf(root), logsource: logsourceOf(root) }),
    () => {
      const filter = parseFilter(root, expansion);
      const places = referencePlaces(document, 'filter');
      return { ...filter, places, ...place, hash: hashWith(place.hash, attributes, filter.detection) };
    },
  ]),
});

/** Ids for documents that give themselves none: the same as long as they look for the same under the same name. */
function namesOf(root: YAMLMap, attributes: Means['attributes']): { id: string; name?: string; label: string } {
  const { id, name } = referencesOf(root);
  const { title, logsource, detection, correlation, filter } = attributes;
  const derived = () => contentHash({ title, logsource, detection, correlation, filter } as Json).slice(0, 32);
  return { id: id ?? derived(), ...(name && { name }), label: id ?? name ?? String(title) };
}

/** What the rule means and says; samples and layout do not change it. */
function hashOf(attributes: Record<string, unknown>, root: YAMLMap): string {
  const hash = contentHash({ ...attributes, samples: undefined } as Json);
  const spellings = numbersIn(root).filter(([written, number]) => written !== String(number));
  return spellings.length === 0 ? hash : contentHash([hash, spellings.map(([written]) => written)]);
}

/** Other values of its placeholders make another rule of the same text. */
function hashWith(hash: string, { detection, filter }: Means['attributes'], meaning: Detection): string {
  const expands = /\|expand\b/.test(JSON.stringify([detection, filter]));
  // Plain data, as everything that rules are made of.
  return expands ? contentHash([hash, meaning as unknown as Json]) : hash;
}
