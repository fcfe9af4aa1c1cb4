import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ecsDocument } from '../../../../alerting/formats/ecs.ts';
import { severities } from '../../../../shared/finding.ts';
import { type IncidentUpdate, incidentChanges } from '../../../../shared/incident.ts';
import { ecsFields, leavesOf, shippedTemplate, valuesOf } from '../../../support/ecs.ts';
import { steering } from '../../../support/hostile.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const options = { version: '1.2.3' };
const documentOf = (told: IncidentUpdate) => ecsDocument(told, options);
const template = leavesOf(shippedTemplate().template.mappings);

/** An update that has all there can be. */
const full: IncidentUpdate = {
  ...update(1, {
    techniques: ['T1611', 'T1059.004', 'of-a-user'],
    tactics: ['privilege-escalation', 'stealth'],
    ruleSets: ['starter', 'mine'],
    more: 2,
    count: 7,
    reopened: 1,
    suppressed: 3,
    raised: { from: 'medium', because: ['telemetry agrees: engine, procfs', 'it hides'] },
    closedAt: 5_000,
    closeReason: 'a test',
    closedBy: 'ann',
    mergedInto: 'incident-0',
    acknowledgement: { at: 4_000, by: 'bob', note: 'looks at it' },
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    findings: update(1).incident.findings.map((line) => ({ ...line, endedAt: 2_000 })),
  }),
  reason: 'it came back',
};

test('an incident update, field by field', () => {
  expect(documentOf(full)).toEqual({
    '@timestamp': '1970-01-01T00:00:01.001Z',
    ecs: { version: '9.4.0' },
    message: 'c1: something: no longer so: something',
    event: {
      kind: 'alert',
      category: ['intrusion_detection'],
      type: ['info'],
      module: 'moorwatch',
      dataset: 'moorwatch.incidents',
      provider: 'moorwatch',
      action: 'incident-opened',
      code: 'MNT-01',
      id: 'update-1-1',
      severity: 73,
      reason: 'it came back',
      sequence: 1,
      start: '1970-01-01T00:00:01.001Z',
      end: '1970-01-01T00:00:05.000Z',
    },
    observer: { vendor: 'Moorwatch', product: 'Moorwatch', type: 'ids', version: '1.2.3' },
    host: { id: 'h1', name: 'lab1', hostname: 'lab1' },
    related: { hosts: ['lab1'] },
    container: { id: 'id1', name: 'c1', image: { name: 'nginx', tag: ['1'], hash: { all: ['sha256:1'] } } },
    service: { id: 'w1', name: 'service-1' },
    orchestrator: { resource: { id: 'w1', name: 'service-1' } },
    rule: { id: 'rule-1', name: 'Something', category: 'signature', ruleset: 'starter' },
    threat: {
      framework: 'MITRE ATT&CK',
      tactic: { id: ['TA0004', 'TA0005'], name: ['Privilege Escalation', 'Stealth'] },
      technique: { id: ['T1611', 'T1059'], subtechnique: { id: ['T1059.004'] } },
    },
    trace: { id: 'a'.repeat(32) },
    moorwatch: {
      change: 'opened',
      incident: {
        id: 'incident-1',
        version: 1,
        kind: 'incident',
        status: 'open',
        severity: 'high',
        raised: { from: 'medium', because: ['telemetry agrees: engine, procfs', 'it hides'] },
        title: 'c1: something',
        findings: 7,
        unlisted: 2,
        reopened: 1,
        suppressed: 3,
        merged_into: 'incident-0',
        close_reason: 'a test',
        closed_by: 'ann',
        acknowledged: { at: '1970-01-01T00:00:04.000Z', by: 'bob', note: 'looks at it' },
      },
      finding: {
        id: 'finding-1',
        nature: 'event',
        severity: 'high',
        summary: 'something',
        catalogue: ['MNT-01'],
        count: 1,
        first: '1970-01-01T00:00:01.000Z',
        last: '1970-01-01T00:00:01.000Z',
        ended: '1970-01-01T00:00:02.000Z',
      },
      container: { lineage: 'l1' },
    },
  });
});

test('of an incident of a host there is no container', () => {
  const { container: _, workload: __, ...incident } = update(1).incident;
  const document = documentOf({ ...update(1), incident });
  expect(Object.keys(document)).not.toContain('container');
  expect(Object.keys(document)).not.toContain('service');
});

test('severities', () => {
  const of = (severity: (typeof severities)[number]) =>
    valuesOf(documentOf(update(1, { severity }))).get('event.severity');
  expect(severities.map(of)).toEqual([0, 21, 47, 73, 99]);
});

test('what people and time did about an incident is no alert', () => {
  const kinds = incidentChanges.map((change) => [
    change,
    valuesOf(documentOf(update(1, {}, change))).get('event.kind'),
  ]);
  expect(Object.fromEntries(kinds)).toEqual({
    opened: 'alert',
    grown: 'alert',
    reopened: 'alert',
    acknowledged: 'event',
    closed: 'event',
    merged: 'event',
  });
});

test.each([
  ['nginx', 'nginx', undefined],
  ['nginx:1.27', 'nginx', ['1.27']],
  ['registry.example:5000/team/app', 'registry.example:5000/team/app', undefined],
  ['registry.example:5000/team/app:v1@sha256:ab', 'registry.example:5000/team/app', ['v1']],
  ['nginx@sha256:ab', 'nginx', undefined],
  ['sha256:ab', 'sha256:ab', undefined],
  ['@', '@', undefined],
])('the image %s', (reference, name, tag) => {
  const { container } = update(1).incident;
  const told = update(1, { container: container && { ...container, image: { name: reference, id: 'sha256:1' } } });
  const values = valuesOf(documentOf(told));
  expect([values.get('container.image.name'), values.get('container.image.tag')]).toEqual([name, tag]);
});

test('the template that is shipped has the types of ECS, and a field for all there can be, no more', () => {
  for (const [path, { type, ignore_above }] of template) {
    if (path.startsWith('moorwatch.')) continue;
    const field = ecsFields.get(path);
    expect({ path, type, ignore_above }).toEqual({ path, type: field?.type, ignore_above: field?.ignore_above });
  }
  expect([...template.keys()].sort()).toEqual([...valuesOf(documentOf(full)).keys()].sort());
});

test('values are allowed by ECS, and lists where ECS wants lists', () => {
  for (const kind of ['incident', 'posture'] as const) {
    const values = valuesOf(documentOf({ ...full, incident: { ...full.incident, kind } }));
    for (const [path, value] of values) {
      const field = ecsFields.get(path);
      if (field === undefined) continue;
      expect(Array.isArray(value), path).toBe(field.normalize.includes('array'));
      const allowed = field.allowed_values?.map(({ name }) => name) ?? [];
      if (allowed.length > 0) for (const one of [value].flat()) expect(allowed, path).toContain(one);
    }
    const categories = ecsFields.get('event.category')?.allowed_values ?? [];
    const expected = categories.find(({ name }) => name === [values.get('event.category')].flat()[0]);
    expect(expected?.expected_event_types).toEqual(expect.arrayContaining(values.get('event.type') as string[]));
  }
});

test('is what its JSON says, also where a number is minus nothing', () => {
  const document = documentOf(update(1, { count: -0, version: -0 }));
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});

test('whatever an attacker calls things: fields of the template alone, of their type, within their limits, valid UTF-8', () => {
  const long = [
    'message',
    'moorwatch.incident.title',
    'moorwatch.finding.summary',
    'moorwatch.incident.acknowledged.note',
  ];
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const document = documentOf(told);
      const text = JSON.stringify(document);
      expect(JSON.parse(text)).toEqual(document);
      expect(Buffer.from(text).toString()).toBe(text);
      expect(text.includes('\n')).toBe(false);
      for (const [path, value] of valuesOf(document)) {
        const type = template.get(path)?.type;
        for (const one of [value].flat() as unknown[]) {
          if (type === 'long') expect(Number.isSafeInteger(one), path).toBe(true);
          else if (type === 'date') expect(Date.parse(String(one)), path).not.toBeNaN();
          else {
            expect(one, path).toEqual(expect.any(String));
            expect(one, path).not.toMatch(steering);
            expect(Buffer.byteLength(String(one)), path).toBeLessThanOrEqual(long.includes(path) ? 4_096 : 1_024);
          }
        }
      }
      expect(document['@timestamp']).toEqual(expect.any(String));
    }),
    { numRuns: 300 },
  );
});
