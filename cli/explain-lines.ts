import type { Explanation, FoundValue } from '../analyzer/sigma/explain.ts';
import type {
  Addition,
  DocumentExplanation,
  FilterExplanation,
  RuleExplanation,
  SequenceExplanation,
} from '../analyzer/sigma/explain-document.ts';
import { logSourceWords } from '../analyzer/sigma/words.ts';
import { escapeControl } from '../shared/escape.ts';
import type { Terminal } from './terminal.ts';

type Colors = Terminal['colors'];

/** What is shown of long lists and texts; the rest is counted. `--json` has all of it. */
const room = { parts: 40, values: 3, value: 120, text: 300 };

/** An explanation for a person, a line for each part. Every string is escaped. */
export function explainLines(explanation: DocumentExplanation, colors: Colors): readonly string[] {
  switch (explanation.kind) {
    case 'rule':
      return ruleLines(explanation, colors);
    case 'filter':
      return [headline(explanation, filterVerdict(explanation), colors), ...filterParts(explanation, colors)];
    case 'sequence':
      return sequenceLines(explanation, colors);
  }
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
const shown = (text: string, max = room.text): string => escapeControl(text, max);

function headline(
  { title, label, file, line }: Pick<RuleExplanation, 'title' | 'label' | 'file' | 'line'>,
  verdict: string,
  colors: Colors,
): string {
  return `${colors.bold(shown(title))}: ${verdict} ${colors.dim(shown(`(${label}, ${file}:${line})`))}`;
}

function ruleVerdict({ logsource, detection, matches, heard, silent }: RuleExplanation): string {
  if (matches && !heard) return 'matches, and is hidden by a filter';
  if (matches) return silent ? 'matches, and only feeds a sequence' : 'matches';
  return logsource.applies || !detection.holds ? 'does not match' : 'is true, but is about other events';
}

function ruleLines(rule: RuleExplanation, colors: Colors): readonly string[] {
  const filters = rule.filters.flatMap((filter) => [
    headline(filter, filterVerdict(filter), colors),
    ...indented(treeLines(filter.detection, colors)),
  ]);
  return [
    headline(rule, ruleVerdict(rule), colors),
    ...indented([
      ...logSourceLine(rule.logsource, colors),
      ...treeLines(rule.detection, colors),
      ...(filters.length === 0
        ? []
        : [colors.dim('filters, which hide what they are false of:'), ...indented(filters)]),
    ]),
  ];
}

const filterVerdict = ({ hides }: FilterExplanation): string => (hides ? 'hides it' : 'does not hide it');

const filterParts = (filter: FilterExplanation, colors: Colors): readonly string[] =>
  indented([...logSourceLine(filter.logsource, colors), ...treeLines(filter.detection, colors)]);

function sequenceLines(sequence: SequenceExplanation, colors: Colors): readonly string[] {
  const { adds, asks, rules } = sequence;
  const verdict = adds.length > 0 ? 'counts it' : 'does not count it';
  return [
    headline(sequence, verdict, colors),
    ...indented([
      `${colors.dim('asks  ')} ${shown(asks)}`,
      ...adds.flatMap((addition) => additionLines(addition, colors)),
      ...rules.flatMap((rule) =>
        rule.kind === 'rule'
          ? ruleLines(rule, colors)
          : [`${colors.dim('of what this sequence completes:')}`, ...indented(sequenceLines(rule, colors))],
      ),
    ]),
  ];
}

function additionLines({ rule, group, counts, values }: Addition, colors: Colors): readonly string[] {
  const where = Object.entries(group).map(([name, value]) => `${name} ${value === null ? 'absent' : jsonText(value)}`);
  const what = Object.entries(values).map(([name, list]) => `${name} ${listText(list)}`);
  const details = what.length === 0 ? '' : `: ${what.join(', ')}`;
  return [
    `${colors.dim('adds  ')} ${shown(`${counts}${details}`)} ${colors.dim(shown(`(by ${rule})`))}`,
    ...(where.length === 0 ? [] : [`${colors.dim('group ')} ${shown(where.join(', '))}`]),
  ];
}

function logSourceLine({ asks, has, applies }: RuleExplanation['logsource'], colors: Colors): readonly string[] {
  if (has === undefined) return [];
  const is = `log source is ${logSourceWords(asks)}`;
  return [`${mark(applies, colors)} ${shown(is)} ${colors.dim(shown(`: ${has.map(logSourceWords).join('; ')}`))}`];
}

const mark = (holds: boolean, colors: Colors): string => (holds ? colors.green('true ') : colors.red('false'));

function treeLines(explanation: Explanation, colors: Colors): readonly string[] {
  const { asks, holds, of = [], kind } = explanation;
  const found = kind === 'test' ? ` ${colors.dim(`: ${foundText(explanation)}`)}` : '';
  const line = `${mark(holds, colors)} ${kind === 'identifier' ? colors.bold(shown(asks)) : shown(asks)}${found}`;
  const parts = partsToShow(of);
  const more = of.length - parts.length;
  return [
    line,
    ...indented([
      ...parts.flatMap((part) => treeLines(part, colors)),
      ...(more > 0 ? [colors.dim(`… and ${more} more that are false`)] : []),
    ]),
  ];
}

/** Of a list of thousands: what is true, and a few besides. */
function partsToShow(of: readonly Explanation[]): readonly Explanation[] {
  if (of.length <= room.parts) return of;
  return of.filter((part, index) => part.holds || index < room.parts);
}

/** What the event has: what made it true, or else all that did not. */
function foundText({ holds, found = [] }: Explanation): string {
  const that = holds ? found.filter((value) => value.holds) : found;
  const values = that.length > 0 ? that : found;
  if (values.length === 0) return holds ? 'absent' : 'nothing';
  const text = values.slice(0, room.values).map(valueText).join(', ');
  return values.length > room.values ? `${text} and ${values.length - room.values} more` : text;
}

const valueText = ({ value }: FoundValue): string => jsonText(value);
const jsonText = (value: unknown): string => shown(JSON.stringify(value), room.value);
const listText = (values: readonly unknown[]): string =>
  values.length === 0 ? 'absent' : values.map(jsonText).join(', ');
