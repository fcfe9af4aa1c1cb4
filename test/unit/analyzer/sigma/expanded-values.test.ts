import { describe, expect, it } from 'vitest';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { told } from './language/rules.ts';

const list = (count: number, value: string): string =>
  Array.from({ length: count }, (_, index) => `      - '${value}${index}'`).join('\n');
const rule = (item: string, values: string): string =>
  `title: T\nlogsource: {category: exec}\ndetection:\n  sel:\n    ${item}:\n${values}\n  condition: sel\n`;
const four = '-a -b -c -d ';
const read = (text: string, placeholders: Readonly<Record<string, readonly string[]>> = {}) => {
  const { documents, problems } = parseRuleFile(text, 'r.yml', { placeholders: new Map(Object.entries(placeholders)) });
  return { rules: documents.length, problems: told(problems) };
};
const tooMany = (used: number) =>
  `the rule asks for ${used} values beside those that it writes, and there is room for 10000: base64offset makes three of each, every dash before it by windash five, expand one for each value; write fewer, or make several rules`;

describe('values that a rule asks for without writing them', () => {
  it('are refused once, at the value that is too much, and the number is told', () => {
    const spelled = 5 ** 4 * 3 - 1;
    expect(read(rule('f|windash|base64offset', list(5, four)))).toEqual({ rules: 1, problems: [] });
    expect(read(rule('f|windash|base64offset|contains', list(200, four)))).toEqual({
      rules: 0,
      problems: [`11:9 ${tooMany(6 * spelled)}`],
    });
  });

  it('count together in all items of a rule, and apart for each rule', () => {
    const three = list(3, four);
    const both = `${rule('f|windash|base64offset', three)}`.replace(
      '  condition',
      `    g|windash|base64offset:\n${three}\n  condition`,
    );
    expect(read(both).rules).toBe(0);
    const one = rule('f|windash|base64offset', three);
    expect(read(`${one}---\n${one}`)).toEqual({ rules: 2, problems: [] });
  });

  it('have a bound for a whole file, however many rules are in it', () => {
    const one = rule('f|windash|base64offset', list(5, four));
    const { rules, problems } = read(Array.from({ length: 8 }, () => one).join('---\n'));
    expect([rules, problems.length]).toEqual([5, 3]);
    expect(problems[0]).toMatch(
      /^\d+:9 the rules of this file ask for 50598 values .* and there is room for 50000: .*; write fewer, or put some into another file$/,
    );
  });

  it('by placeholders count, too', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `v${index}`);
    expect(read(rule('f|expand', list(3, '%many%')), { many })).toEqual({ rules: 1, problems: [] });
    expect(read(rule('f|expand', list(4, '%many%')), { many })).toEqual({
      rules: 0,
      problems: [`9:9 ${tooMany(4 * 2_999)}`],
    });
    expect(read(rule('f|expand|base64offset', list(2, '%many%')), { many }).problems).toEqual([
      `7:9 ${tooMany(17_998)}`,
    ]);
  });

  it('are not made before they are counted', () => {
    const many = Array.from({ length: 1_000_000 }, () => 'x');
    expect(read(rule('f|expand', list(1, '%few%%many%')), { few: many.slice(0, 9_000), many }).problems).toEqual([
      '6:9 its placeholders make more than 10000 combinations',
    ]);
  });

  it('are none where a list is as long as it is written', () => {
    expect(read(rule('f|windash|contains', list(12_000, four)))).toEqual({ rules: 1, problems: [] });
  });
});
