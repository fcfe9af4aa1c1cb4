import { detectionHolds, matches, type OracleOptions, type PlainEvent, type PlainRule } from './oracle.ts';
import { createCorrelationOracle, type Happening, type PlainCorrelation } from './oracle-correlation.ts';
import { lookUp } from './oracle-event.ts';

export interface SetOptions extends OracleOptions {
  /** Field with the time of an event: RFC 3339 or seconds since 1970. Default: the number of the event. */
  readonly timeField?: string;
  /** Log source of the events; without it every rule is tried. */
  readonly logsource?: Readonly<Record<string, string>>;
}

/** Ids (else names, else titles) of what is true at each event, over rules, filters and correlations together. */
export function evaluateWithOracle(
  documents: readonly PlainRule[],
  events: readonly PlainEvent[],
  options: SetOptions = {},
): readonly (readonly string[])[] {
  const correlations = documents.map((document) =>
    isMap(document.correlation) ? plainCorrelation(document.correlation, documents) : undefined,
  );
  const oracles = correlations.map((correlation) => correlation && createCorrelationOracle(correlation));
  const order = innerFirst(correlations);
  const silent = silentOf(documents, correlations);
  return events.map((event, number) => {
    const at = timeOf(event, number, options.timeField);
    const read = (field: string): readonly unknown[] => lookUp(event, field).values;
    const happenings = documents.flatMap((document, place): Happening[] =>
      isTrue(document, documents, event, options) ? [{ document: place, event: number, at, read }] : [],
    );
    for (const place of order) {
      for (const { values, by } of oracles[place]?.(happenings) ?? []) {
        // An outer one sees the group, and for other names the event.
        const readGroup = (field: string): readonly unknown[] =>
          field in values ? [values[field] ?? null].filter((value) => value !== null) : by.read(field);
        happenings.push({ document: place, event: number, at, read: readGroup });
      }
    }
    const places = new Set(happenings.map(({ document }) => document));
    return [...places]
      .filter((place) => !silent.has(place))
      .sort((a, b) => a - b)
      .map((place) => idOf(documents[place] ?? {}));
  });
}

export const idOf = ({ id, name, title }: PlainRule): string => String(id ?? name ?? title);

const isMap = (value: unknown): value is PlainRule => typeof value === 'object' && value !== null;

/** A rule is true where its detection is and where every filter over it is true too. */
function isTrue(rule: PlainRule, documents: readonly PlainRule[], event: PlainEvent, options: SetOptions): boolean {
  if (!isMap(rule.detection) || !applies(rule.logsource, options.logsource) || !matches(rule, event, options))
    return false;
  return documents.every(
    ({ filter, logsource }) =>
      !isMap(filter) || !covers(filter, logsource, rule) || detectionHolds(filter, event, options, ['rules']),
  );
}

/** Every attribute that it names is the event's; `definition` is words for people. */
function applies(logsource: unknown, events: SetOptions['logsource']): boolean {
  if (events === undefined) return true;
  const named = Object.entries(isMap(logsource) ? logsource : {}).filter(([key]) => key !== 'definition');
  return named.every(([key, value]) => String(value).toLowerCase() === events[key]?.toLowerCase());
}

/** Named by the filter, and in a log source that is the filter's or within it. */
function covers({ rules }: PlainRule, logsource: unknown, rule: PlainRule): boolean {
  const named =
    rules === 'any' || [rules].flat().length === 0 || references(rules).some((reference) => isNamed(rule, reference));
  const own = isMap(rule.logsource) ? rule.logsource : {};
  const attributes = Object.entries(isMap(logsource) ? logsource : {}).filter(([key]) => key !== 'definition');
  return named && attributes.every(([key, value]) => String(own[key]).toLowerCase() === String(value).toLowerCase());
}

const references = (rules: unknown): readonly string[] => [rules].flat().map(String);
const isNamed = ({ id, name }: PlainRule, reference: string): boolean => id === reference || name === reference;

function timeOf(event: PlainEvent, number: number, timeField: string | undefined): number {
  if (timeField === undefined) return number;
  const [value] = lookUp(event, timeField).values;
  return typeof value === 'number' ? value : Date.parse(String(value)) / 1000;
}

function plainCorrelation(correlation: PlainRule, documents: readonly PlainRule[]): PlainCorrelation {
  const placeOf = (reference: string): number => documents.findIndex((document) => isNamed(document, reference));
  const condition = isMap(correlation.condition) ? correlation.condition : {};
  const named = references(correlation.rules);
  const { field, percentile, ...bounds } = condition;
  const aliases = isMap(correlation.aliases) ? correlation.aliases : {};
  return {
    type: String(correlation.type),
    documents: named.map(placeOf),
    seconds: secondsOf(String(correlation.timespan)),
    groupBy: correlation['group-by'] === undefined ? [] : references(correlation['group-by']),
    aliases: Object.fromEntries(
      Object.entries(aliases).map(([alias, fields]) => [
        alias,
        Object.fromEntries(
          Object.entries(isMap(fields) ? fields : {}).map(([rule, name]) => [placeOf(rule), String(name)]),
        ),
      ]),
    ),
    fields: field === undefined ? [] : references(field),
    percentile: Number(percentile),
    bounds:
      Object.keys(bounds).length === 0
        ? [['gte', named.length]]
        : Object.entries(bounds).map(([operator, number]) => [operator, Number(number)]),
  };
}

function secondsOf(timespan: string): number {
  const [, number = '', unit = ''] = /^(\d+)([smhd])$/.exec(timespan) ?? [];
  return Number(number) * Number({ s: 1, m: 60, h: 3_600, d: 86_400 }[unit]);
}

/** Places of the correlations, each behind those that it refers to. */
function innerFirst(correlations: readonly (PlainCorrelation | undefined)[]): readonly number[] {
  const order: number[] = [];
  const visit = (place: number): void => {
    const correlation = correlations[place];
    if (correlation === undefined || order.includes(place)) return;
    correlation.documents.forEach(visit);
    order.push(place);
  };
  correlations.forEach((_, place) => {
    visit(place);
  });
  return order;
}

/** What a correlation without `generate: true` refers to is not told by itself. */
function silentOf(
  documents: readonly PlainRule[],
  correlations: readonly (PlainCorrelation | undefined)[],
): ReadonlySet<number> {
  return new Set(
    correlations.flatMap((correlation, place) => {
      const own = documents[place]?.correlation;
      return correlation === undefined || (isMap(own) && own.generate === true) ? [] : correlation.documents;
    }),
  );
}
