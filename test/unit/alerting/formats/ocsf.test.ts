import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ocsfEvents } from '../../../../alerting/formats/ocsf.ts';
import { severities } from '../../../../shared/finding.ts';
import type { Incident, IncidentUpdate } from '../../../../shared/incident.ts';
import { ocsfClasses } from '../../../../shared/message-format.ts';
import { steering } from '../../../support/hostile.ts';
import { ocsfProblems } from '../../../support/ocsf/judge.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const at = 1_700_000_000_123;
const [line] = update(1).incident.findings;
type Line = Incident['findings'][number];
const lineWith = (more: Partial<Line>): Line => ({ ...(line as Line), ...more });
const told = (more: Partial<IncidentUpdate> = {}, incident: Partial<Incident> = {}): IncidentUpdate => ({
  ...update(1, incident),
  at,
  finding: 'finding-1',
  ...more,
});
const both = (one: IncidentUpdate) => ocsfEvents(one, { ocsfClass: 'both', version: '1.2.3' });
const eventsOf = (one: IncidentUpdate): readonly Record<string, unknown>[] => both(one).map(parsed);
/** As a receiver gets it: without what is undefined. */
const parsed = ({ event }: { event: unknown }) => JSON.parse(JSON.stringify(event)) as Record<string, unknown>;

test('a finding that opens an incident, field by field', () => {
  const opened = told({}, { techniques: ['T1611', 'T1059.004'], tactics: ['privilege-escalation'] });
  const [detection, incident] = both(opened);
  const event = detection && parsed(detection);
  expect(ocsfProblems(event)).toEqual([]);
  expect(detection?.id).toMatch(/^[\da-f]{32}$/);
  const container = { uid: 'id1', name: 'c1', image: { uid: 'sha256:1', name: 'nginx:1' }, runtime: 'docker' };
  expect(event).toEqual({
    metadata: {
      version: '1.8.0',
      product: { name: 'Moorwatch', vendor_name: 'Moorwatch', version: '1.2.3' },
      profiles: ['container', 'host'],
      uid: detection?.id,
      correlation_uid: 'incident-1',
    },
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2004,
    class_name: 'Detection Finding',
    type_uid: 200_401,
    type_name: 'Detection Finding: Create',
    time: at,
    start_time: 1_000,
    end_time: 1_000,
    count: 1,
    severity_id: 4,
    severity: 'High',
    status_id: 1,
    status: 'New',
    confidence_id: 3,
    confidence: 'High',
    is_alert: true,
    message: 'c1: something: something',
    finding_info: {
      uid: 'finding-1',
      title: 'Something',
      desc: 'something',
      types: ['signature', 'event'],
      analytic: { type_id: 1, type: 'Rule', uid: 'rule-1', name: 'Something', category: 'MNT-01' },
      attacks: [
        {
          tactic: {
            uid: 'TA0004',
            name: 'Privilege Escalation',
            src_url: 'https://attack.mitre.org/tactics/TA0004',
          },
        },
        { technique: { uid: 'T1611', src_url: 'https://attack.mitre.org/techniques/T1611' } },
        {
          technique: { uid: 'T1059', src_url: 'https://attack.mitre.org/techniques/T1059' },
          sub_technique: { uid: 'T1059.004', src_url: 'https://attack.mitre.org/techniques/T1059/004' },
        },
      ],
      created_time: 1_000,
      first_seen_time: 1_000,
      last_seen_time: 1_000,
      modified_time: 1_000,
      product: { name: 'Moorwatch', vendor_name: 'Moorwatch' },
    },
    device: { type_id: 0, type: 'Unknown', uid: 'h1', hostname: 'lab1', name: 'lab1', container },
    resources: [
      { type: 'container', uid: 'id1', name: 'c1' },
      { type: 'workload', uid: 'w1', name: 'service-1' },
      { type: 'host', uid: 'h1', name: 'lab1' },
    ],
    evidences: [{ data: { summary: 'something', catalogue: ['MNT-01'] }, container }],
    observables: [
      { name: 'device.hostname', type_id: 1, type: 'Hostname', value: 'lab1' },
      { name: 'device.container.uid', type_id: 10, type: 'Resource UID', value: 'id1' },
    ],
    unmapped: expect.objectContaining({ incident_uid: 'incident-1', change: 'opened' }) as unknown,
  });
  expect(incident?.id).toBe(opened.id);
});

test('why an incident is worse than its findings', () => {
  const raised = { from: 'medium' as const, because: ['it hides', 'it spans 4 tactics'] };
  const [event] = eventsOf(told({ change: 'grown' }, { raised }));
  expect(event).toMatchObject({ unmapped: { raised: 'one step more than medium: it hides; it spans 4 tactics' } });
});

test('the incident lists its findings, and who works on it', () => {
  const acknowledgement = { at, by: 'ana', note: 'looking' };
  const findings = [lineWith({}), lineWith({ id: 'finding-2', kind: 'deviation' })];
  const one = told(
    { change: 'acknowledged', finding: undefined },
    { findings, status: 'acknowledged', acknowledgement },
  );
  const events = eventsOf(one);
  expect(events.flatMap(ocsfProblems)).toEqual([]);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    metadata: { uid: one.id, correlation_uid: 'incident-1', profiles: ['container', 'host', 'incident'] },
    type_uid: 200_502,
    type_name: 'Incident Finding: Update',
    status_id: 2,
    status: 'In Progress',
    assignee: { name: 'ana' },
    comment: 'looking',
    finding_info_list: [
      { uid: 'finding-1', analytic: { type_id: 1 } },
      { uid: 'finding-2', analytic: { type_id: 3, type: 'Statistical' } },
    ],
  });
  expect(events[0]).not.toHaveProperty('assignee_group');
});

test('each change is an activity, each status a status', () => {
  const of = (change: IncidentUpdate['change'], status: Incident['status']) => {
    const event = eventsOf(told({ change, finding: undefined }, { status })).at(-1);
    expect(ocsfProblems(event)).toEqual([]);
    return `${String(event?.activity_name)}, ${String(event?.status)}`;
  };
  expect(of('opened', 'open')).toBe('Create, New');
  expect(of('grown', 'open')).toBe('Update, New');
  expect(of('acknowledged', 'acknowledged')).toBe('Update, In Progress');
  expect(of('reopened', 'open')).toBe('Update, New');
  expect(of('closed', 'closed')).toBe('Close, Closed');
  expect(of('merged', 'closed')).toBe('Close, Closed');
});

test('severities', () => {
  const numbers = severities.map((severity) => eventsOf(told({}, { severity })).at(-1)?.severity_id);
  expect(numbers).toEqual([1, 2, 3, 4, 5]);
});

test('all findings that opened an incident are told, whichever the update names', () => {
  const findings = [lineWith({ count: 3 }), lineWith({ id: 'finding-2' })];
  const events = eventsOf(told({ finding: 'finding-2' }, { findings }));
  expect(events.flatMap(ocsfProblems)).toEqual([]);
  expect(events.map(({ type_uid }) => type_uid)).toEqual([200_401, 200_401, 200_501]);
  expect(new Set(both(told({}, { findings })).map(({ id }) => id)).size).toBe(3);
});

test('every line that an update changed is told, as what became of it', () => {
  const findings = [
    lineWith({}),
    lineWith({ id: 'finding-2', count: 5 }),
    lineWith({ id: 'finding-3', count: 2 }),
    lineWith({ id: 'finding-4', nature: 'condition', endedAt: at - 1 }),
    lineWith({ id: 'finding-5', nature: 'condition', endedAt: at - 1 }),
  ];
  const lines = [
    { id: 'finding-2', how: 'new' },
    { id: 'finding-3', how: 'more' },
    { id: 'finding-4', how: 'ended' },
    { id: 'finding-5', how: 'new' },
    { id: 'gone', how: 'more' },
  ] as const;
  const grown = told({ change: 'grown', finding: 'finding-2', lines: [...lines] }, { findings });
  const events = eventsOf(grown);
  expect(events.flatMap(ocsfProblems)).toEqual([]);
  const seen = events.map(({ type_uid, status, finding_info }) => [
    type_uid,
    status,
    (finding_info as { uid?: string } | undefined)?.uid,
  ]);
  expect(seen).toEqual([
    [200_401, 'New', 'finding-2'],
    [200_402, 'New', 'finding-3'],
    [200_403, 'Resolved', 'finding-4'],
    [200_401, 'Resolved', 'finding-5'],
    [200_502, 'New', undefined],
  ]);
  expect(new Set(both(grown).map(({ id }) => id)).size).toBe(5);
});

test('an update that changed no line tells of no finding; one that changed 200 tells of 100', () => {
  const findings = Array.from({ length: 200 }, (_, n) => lineWith({ id: `finding-${n}` }));
  const classes = (lines: IncidentUpdate['lines'] = []) =>
    eventsOf(told({ change: 'grown', lines }, { findings })).map(({ class_uid }) => class_uid);
  expect(classes()).toEqual([2005]);
  expect(classes(findings.map(({ id }) => ({ id, how: 'new' as const })))).toHaveLength(101);
});

test('of an update of an older version: a finding more of a known line is an update of that line, not of the first one', () => {
  const findings = [lineWith({ lastAt: 1_000 }), lineWith({ id: 'finding-2', count: 7, lastAt: 9_000 })];
  const [event] = eventsOf(told({ change: 'grown', finding: 'finding-9' }, { findings }));
  expect(event).toMatchObject({ type_uid: 200_402, count: 7, finding_info: { uid: 'finding-2' } });
});

test('of an update of an older version: a condition that ended is a finding that is closed', () => {
  const findings = [
    lineWith({ nature: 'condition', endedAt: at }),
    lineWith({ id: 'finding-2', nature: 'condition', endedAt: at - 5_000 }),
    lineWith({ id: 'finding-3', nature: 'condition' }),
  ];
  const [event, ...rest] = eventsOf(told({ change: 'grown', finding: undefined }, { findings }));
  expect(event).toMatchObject({ type_uid: 200_403, status: 'Resolved', finding_info: { uid: 'finding-1' } });
  expect(rest.map(({ class_uid }) => class_uid)).toEqual([2005]);
});

test('one class alone', () => {
  const classesOf = (ocsfClass: (typeof ocsfClasses)[number], one = told()) =>
    ocsfEvents(one, { ocsfClass, version: '1' }).map(({ event }) => event.class_uid);
  expect(classesOf('both')).toEqual([2004, 2005]);
  expect(classesOf('incident')).toEqual([2005]);
  expect(classesOf('detection')).toEqual([2004]);
  expect(classesOf('detection', told({ change: 'closed', finding: undefined }))).toEqual([]);
});

test('an incident of 200 lines lists 100 and says so', () => {
  const findings = Array.from({ length: 200 }, (_, n) =>
    lineWith({ id: `finding-${n}`, summary: '\u202e"'.repeat(400) }),
  );
  const event = eventsOf(told({ finding: undefined }, { findings })).at(-1);
  expect(event?.finding_info_list).toHaveLength(100);
  expect(event).toMatchObject({ metadata: { is_truncated: true } });
  expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512 * 1_024);
});

test('the judge sees what it is there for', () => {
  const [event] = eventsOf(told());
  expect(ocsfProblems({ ...event, severity: 'Low' }).join()).toContain('sibling');
  expect(ocsfProblems({ ...event, type_uid: 200_402, type_name: 'Detection Finding: Update' })).not.toEqual([]);
  expect(ocsfProblems({ ...event, more: 1 }).join()).toContain('additionalProperty');
  expect(ocsfProblems({ ...event, time: '1' }).join()).toContain('/time');
  expect(ocsfProblems({ ...event, finding_info: {} }).join()).toContain('uid');
});

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

test('whatever an attacker calls things: valid events of a bounded size, no controls, with their ids', () => {
  fc.assert(
    fc.property(hostileUpdate, fc.boolean(), fc.constantFrom(...ocsfClasses), (one, isNew, ocsfClass) => {
      const id = '0123456789abcdef0123456789abcdef';
      const finding = isNew ? one.incident.findings[0]?.id : undefined;
      for (const { event, id: uid } of ocsfEvents({ ...one, id, finding }, { ocsfClass, version: '1' })) {
        const text = JSON.stringify(event);
        expect(ocsfProblems(JSON.parse(text))).toEqual([]);
        expect(Buffer.byteLength(text)).toBeLessThan(64 * 1_024);
        expect(text).not.toMatch(/\\u[\da-f]{4}/u);
        expect(text).not.toMatch(steering);
        for (const one of textsIn(event)) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(1_024);
        expect(JSON.parse(text)).toMatchObject({ metadata: { uid } });
      }
    }),
    { numRuns: 300 },
  );
});
