import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SyslogOptions, syslogMessage } from '../../../../alerting/formats/syslog.ts';
import { severities } from '../../../../shared/finding.ts';
import { steering } from '../../../support/hostile.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';
import { parse5424 } from './rfc5424.ts';

const options: SyslogOptions = { facility: 'local0', maxBytes: 2_048, enterpriseNumber: 32_473, version: '1.2.3' };

test('an incident update, fact by fact', () => {
  const told = {
    ...update(1, { techniques: ['T1611', 'T1610'], tactics: ['privilege-escalation'] }),
    at: 1_700_000_000_123,
  };
  const parsed = parse5424(syslogMessage(told, options));
  expect(parsed).toEqual({
    priority: 131,
    timestamp: '2023-11-14T22:13:20.123Z',
    hostname: 'lab1',
    appName: 'moorwatch',
    procId: '-',
    msgId: 'incident.opened',
    data: {
      'incident@32473': {
        update: 'update-1-1',
        id: 'incident-1',
        version: '1',
        change: 'opened',
        kind: 'incident',
        status: 'open',
        severity: 'high',
        count: '1',
        techniques: 'T1611,T1610',
        tactics: 'privilege-escalation',
        hostId: 'h1',
        workload: 'service-1',
        workloadId: 'w1',
        opened: '1970-01-01T00:00:01.001Z',
        title: 'c1: something',
      },
      'container@32473': { id: 'id1', name: 'c1', image: 'nginx:1', imageId: 'sha256:1', lineage: 'l1' },
      'finding@32473': {
        id: 'finding-1',
        rule: 'rule-1',
        catalogue: 'MNT-01',
        title: 'Something',
        severity: 'high',
        kind: 'signature',
        nature: 'event',
        count: '1',
        first: '1970-01-01T00:00:01.000Z',
        last: '1970-01-01T00:00:01.000Z',
        summary: 'something',
      },
      origin: { software: 'moorwatch', swVersion: '1.2.3' },
    },
    message: 'c1: something: something',
  });
});

test.each([
  ['kern', [6, 5, 4, 3, 2]],
  ['local0', [134, 133, 132, 131, 130]],
  ['local7', [190, 189, 188, 187, 186]],
] as const)('priorities of %s', (facility, priorities) => {
  const priorityOf = (severity: (typeof severities)[number]) =>
    parse5424(syslogMessage(update(1, { severity }), { ...options, facility })).priority;
  expect(severities.map(priorityOf)).toEqual(priorities);
});

test('what closes values and messages stays inside them', () => {
  const name = '"] [x@1 a="\\\n<0>1 - forged';
  const text = syslogMessage(update(1, { title: name, container: { ...containerOf(1), name } }), options);
  expect(text).not.toMatch(/[\p{Cc}]/u);
  const { data, message } = parse5424(text);
  expect(data['container@32473']).toMatchObject({ name: '"] [x@1 a="\\\\u{a}<0>1 - forged' });
  expect(Object.keys(data)).toEqual(['incident@32473', 'container@32473', 'finding@32473', 'origin']);
  expect(message).toContain('\\u{a}<0>1 - forged');
});

test('what is too long is cut at characters, and the message says so', () => {
  const name = '🐳'.repeat(400);
  const { data } = parse5424(syslogMessage(update(1, { container: { ...containerOf(1), name } }), options));
  expect(data['container@32473']?.name).toBe(`${'🐳'.repeat(63)}…`);
  expect(data['incident@32473']).toMatchObject({ update: 'update-1-1', truncated: 'true' });
});

test('a message that fits does not say that it was cut, even where something before it was', () => {
  const { data, message } = parse5424(syslogMessage(update(1, { title: 'cut before…' }), options));
  expect(data['incident@32473']?.truncated).toBeUndefined();
  expect(message).toBe('cut before…: something');
});

test('the smallest size still has the ids and what a person reads', () => {
  const long = 'x'.repeat(5_000);
  const host = { id: long, name: long };
  const big = update(1, {
    title: `begin ${long}`,
    host,
    container: { ...containerOf(1), id: 'c'.repeat(64), name: long },
  });
  const text = syslogMessage(big, { ...options, maxBytes: 1_024, enterpriseNumber: 4_294_967_295 });
  const { data, message } = parse5424(text);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_024);
  expect(data['incident@4294967295']).toMatchObject({ update: 'update-1-1', id: 'incident-1', truncated: 'true' });
  expect(message).toMatch(/^begin x{100,}…$/);
});

/** Bytes of the values that may have more than a name. */
const mostOf: Readonly<Record<string, number>> = { title: 1_024, summary: 1_024 };

test('whatever an attacker calls things: one message of the grammar, of its size, with its id', () => {
  fc.assert(
    fc.property(hostileUpdate, fc.integer({ min: 1_024, max: 9_000 }), (told, maxBytes) => {
      const text = syslogMessage({ ...told, id: '0123456789abcdef0123456789abcdef' }, { ...options, maxBytes });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
      expect(text).not.toMatch(steering);
      expect(Buffer.from(text).toString()).toBe(text);
      const { data } = parse5424(text);
      expect(data['incident@32473']?.update).toBe('0123456789abcdef0123456789abcdef');
      for (const [element, params] of Object.entries(data))
        for (const [name, value] of Object.entries(params))
          expect(Buffer.byteLength(value), `${element} ${name}`).toBeLessThanOrEqual(mostOf[name] ?? 255);
      expect(Object.keys(data).every((id) => /^((incident|container|finding)@32473|origin)$/.test(id))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('even its own ids may be hostile', () => {
  fc.assert(fc.property(hostileUpdate, (told) => void parse5424(syslogMessage(told, options))));
});

function containerOf(n: number) {
  const { container } = update(n).incident;
  if (container === undefined) throw new Error('the update of the tests has a container');
  return container;
}
