import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { renderUpdate } from '../../../cli/render.ts';
import { tableLines } from '../../../cli/table.ts';
import { type Incident, type IncidentUpdate, incidentUpdateSchema } from '../../../shared/incident.ts';

const plain = picocolors.createColors(false);
const line = (id: string, severity: Incident['severity'], summary: string): Incident['findings'][number] => ({
  id,
  rule: { id: `rule-${id}`, title: 'T', catalogue: ['MNT-01'] },
  kind: 'signature',
  nature: 'condition',
  severity,
  summary,
  count: 1,
  firstAt: 0,
  lastAt: 0,
});

function update(change: IncidentUpdate['change'], incident: Partial<Incident> = {}, reason?: string) {
  return incidentUpdateSchema.parse({
    id: 'u',
    change,
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
    finding: 'b',
    ...(reason !== undefined && { reason }),
    incident: {
      id: '0123456789abcdef',
      version: 1,
      kind: 'incident',
      status: 'open',
      title: 'web mounts the Docker socket',
      severity: 'critical',
      openedAt: 0,
      updatedAt: 0,
      host: { id: 'h', name: 'host1' },
      workload: { id: 'w', name: 'shop/web' },
      container: { id: 'c'.repeat(64), name: 'web', image: { name: 'nginx:1', id: 'sha256:x' }, lineage: 'l' },
      findings: [line('a', 'medium', 'one'), line('b', 'critical', 'two')],
      more: 0,
      count: 2,
      techniques: [],
      tactics: [],
      ruleSets: [],
      ...incident,
    },
  });
}

const advice = new Map([
  ['rule-b', { why: 'Whoever has the socket has the host.', check: ['docker inspect web', 'who'] }],
]);

test('an opened incident says what, where, why and what to check, worst first', () => {
  expect(renderUpdate(update('opened'), { colors: plain, advice })).toBe(
    [
      '03:04:05 critical      web mounts the Docker socket',
      '  container web cccccccccccc · image nginx:1 · workload shop/web · host host1 · incident 0123456789ab',
      '  critical      MNT-01 two',
      '    why   Whoever has the socket has the host.',
      '    check docker inspect web',
      '          who',
      '  medium        MNT-01 one',
    ].join('\n'),
  );
});

test('a grown incident shows only what is new, a closed one is one line', () => {
  const grown = renderUpdate(update('grown'), { colors: plain, advice: new Map() });
  expect(grown).toContain('two');
  expect(grown).not.toContain('one');
  const closed = renderUpdate(update('closed', { closeReason: 'quiet' }), { colors: plain, advice });
  expect(closed).toBe('03:04:05 closed        web mounts the Docker socket (quiet)');
});

test('an incident that is worse than its findings says why', () => {
  const raised = { from: 'high' as const, because: ['independent telemetry agrees: engine, \u001b[31mprocfs'] };
  expect(renderUpdate(update('grown', { raised }), { colors: plain, advice: new Map() }).split('\n')[2]).toBe(
    '  one step more than high: independent telemetry agrees: engine, \\u{1b}[31mprocfs',
  );
});

test('what people did and what became of it is one line each; an incident that is open again shows its finding', () => {
  const options = { colors: plain, advice: new Map() };
  const remark = { at: 0, by: 'alice\u001b[2J', note: 'known\nfake line' };
  const acknowledged = renderUpdate(update('acknowledged', { acknowledgement: remark }), options);
  expect(acknowledged).toMatch(/^03:04:05 acknowledged {2}web mounts the Docker socket \(alice.*known.*fake line\)$/);
  expect(acknowledged).not.toContain('\u001b');
  expect(renderUpdate(update('closed', { closedBy: 'bob', closeReason: 'a test' }), options)).toContain(
    '(bob: a test)',
  );
  expect(renderUpdate(update('merged', {}, 'goes on in 12'), options)).toMatch(/merged .*\(goes on in 12\)$/);
  const again = renderUpdate(update('reopened', {}, 'it got worse'), options);
  expect(again).toContain('open again (it got worse)');
  expect(again).toContain('two');
});

test('a posture incident of hundreds is cut, and says where the rest is', () => {
  const findings = Array.from({ length: 40 }, (_, i) => line(`f${i}`, 'low', `finding ${i}`));
  const text = renderUpdate(update('opened', { findings, more: 5 }), { colors: plain, advice });
  expect(text.match(/finding \d+/g)).toHaveLength(12);
  expect(text).toContain('… and 33 more');
});

test('nothing an attacker named reaches the terminal unescaped', () => {
  const evil = '\u001b]0;x\u0007\u202e\r\n';
  const text = renderUpdate(
    update('opened', {
      title: evil,
      host: { id: 'h', name: evil },
      workload: { id: 'w', name: evil },
      container: { id: 'c'.repeat(64), name: evil, image: { name: evil, id: '' }, lineage: '' },
      findings: [line('b', 'high', evil)],
    }),
    { colors: plain, advice: new Map([['rule-b', { why: evil, check: [evil] }]]) },
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text.split('\n')).toHaveLength(5);
});

test('colour is used only when it may be', () => {
  const colored = renderUpdate(update('opened'), { colors: picocolors.createColors(true), advice });
  expect(colored).toContain('\u001b[31m');
});

test('a table keeps its columns with hostile cells', () => {
  expect(
    tableLines(
      ['a', 'b'],
      [
        ['x\ny', '1'],
        ['z', '22'],
      ],
    ),
  ).toEqual(['a        b', 'x\\u{a}y  1', 'z        22']);
});

test('a deviation says how to learn why it is one', () => {
  const text = renderUpdate(update('opened', { findings: [{ ...line('f\u202e', 'low', 'new'), kind: 'deviation' }] }), {
    colors: plain,
    advice: new Map(),
  });
  expect(text).toContain('\n    check moorwatch baselines why f\\u{202e}');
});
