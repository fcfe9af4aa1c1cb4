import type { PlainEvent } from './oracle.ts';
import type { SetOptions } from './oracle-set.ts';

/** A sentence of the language reference as an example: rules, events, and the ids that each event brings out. */
export interface MatchCase {
  /** Section of the reference, and what is shown. */
  readonly name: string;
  readonly rules: string;
  readonly events: readonly PlainEvent[];
  readonly expected: readonly (readonly string[])[];
  readonly options: SetOptions;
}

/** What must be refused or warned of, with its place. */
export interface RefusalCase {
  readonly name: string;
  readonly rules: string;
  /** `line:column severity message`, from its beginning. */
  readonly problem: RegExp;
  readonly options: SetOptions;
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** A rule of seven lines or more around a detection; the condition is `sel` unless the detection has one. An item stands in line 6, column 5. */
export function ruleText(detection: string, head = ''): string {
  const condition = /^condition:/m.test(detection) ? '' : '\n  condition: sel';
  return `title: Test\nlogsource:\n  category: exec\n${head}detection:\n${indented(detection)}${condition}\n`;
}

export interface Answers<T> {
  readonly yes: readonly T[];
  readonly no: readonly T[];
}

/** The field is not there. */
export const absent = Symbol('absent');

/** An item of a map over a field `f`, with values of the field for which it holds and for which it does not. */
export function item(
  section: string,
  text: string,
  { yes, no }: Answers<unknown>,
  options: SetOptions = {},
): MatchCase {
  const eventOf = (value: unknown): PlainEvent => (value === absent ? {} : { f: value });
  return detection(section, text, `sel:\n  ${text}`, { yes: yes.map(eventOf), no: no.map(eventOf) }, options);
}

export function detection(
  section: string,
  what: string,
  text: string,
  { yes, no }: Answers<PlainEvent>,
  options: SetOptions = {},
): MatchCase {
  return {
    name: `${section} ${what}`,
    rules: ruleText(text),
    events: [...yes, ...no],
    expected: [...yes.map(() => ['Test']), ...no.map(() => [])],
    options,
  };
}

export const refusedItem = (section: string, text: string, problem: RegExp, options: SetOptions = {}): RefusalCase => ({
  name: `${section} ${text}`,
  rules: ruleText(`sel:\n  ${text}`),
  problem,
  options,
});

export const refused = (section: string, what: string, rules: string, problem: RegExp): RefusalCase => ({
  name: `${section} ${what}`,
  rules,
  problem,
  options: {},
});
