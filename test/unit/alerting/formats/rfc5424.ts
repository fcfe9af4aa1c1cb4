import { expect } from 'vitest';

export interface Parsed {
  readonly priority: number;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  readonly msgId: string;
  /** By SD-ID. */
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly message: string;
}

const printable = (most: number): string => `([\\x21-\\x7e]{1,${most}})`;
const time = '(-|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d))';
const header = new RegExp(
  `^<(\\d{1,3})>1 ${time} ${printable(255)} ${printable(48)} ${printable(128)} ${printable(32)} `,
);
const name = '[\\x21\\x23-\\x3c\\x3e-\\x5c\\x5e-\\x7e]{1,32}';

/** The grammar of RFC 5424 §6, to the letter: what does not follow it fails the test. */
export function parse5424(text: string): Parsed {
  const parts = header.exec(text);
  expect(parts, text).not.toBeNull();
  const [whole = '', priority = '', timestamp = '', hostname = '', appName = '', procId = '', msgId = ''] = parts ?? [];
  expect(Number(priority)).toBeLessThan(192);
  const { data, rest } = structuredData(text.slice(whole.length));
  expect(rest === '' || rest.startsWith(' '), `after the structured data: ${rest}`).toBe(true);
  return { priority: Number(priority), timestamp, hostname, appName, procId, msgId, data, message: rest.slice(1) };
}

function structuredData(text: string): { data: Parsed['data']; rest: string } {
  if (text.startsWith('-')) return { data: {}, rest: text.slice(1) };
  const data: Record<string, Record<string, string>> = {};
  let rest = text;
  while (rest.startsWith('[')) {
    const begin = new RegExp(`^\\[(${name})`).exec(rest);
    const id = begin?.[1] ?? '';
    expect(id).toMatch(/^(timeQuality|origin|meta|[^@]+@\d+)$/);
    expect(data[id], 'an SD-ID must not occur twice').toBeUndefined();
    rest = rest.slice(id.length + 1);
    const params: Record<string, string> = {};
    for (;;) {
      const param = new RegExp(`^ (${name})="((?:[^"\\\\\\]]|\\\\["\\\\\\]])*)"`, 'u').exec(rest);
      if (param === null) break;
      params[param[1] ?? ''] = (param[2] ?? '').replace(/\\(["\\\]])/g, '$1');
      rest = rest.slice(param[0].length);
    }
    expect(rest.startsWith(']'), `in ${id}: ${rest}`).toBe(true);
    rest = rest.slice(1);
    data[id] = params;
  }
  return { data, rest };
}
