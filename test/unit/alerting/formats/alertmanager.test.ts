import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alertLabels, alertsOf } from '../../../../alerting/formats/alertmanager.ts';
import { incidentChanges } from '../../../../shared/incident.ts';
import { steering } from '../../../support/hostile.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const now = Date.parse('2026-01-02T03:04:05.678Z');
const options = { now, holdMs: 3_600_000, before: undefined };

test('an incident update, field by field', () => {
  const told = { ...update(1, { techniques: ['T1611'], openedAt: now - 5_000 }), at: now - 1_000 };
  expect(alertsOf(told, options)).toEqual([
    {
      labels: {
        alertname: 'MoorwatchIncident',
        severity: 'high',
        host: 'lab1',
        workload: 'service-1',
        incident: 'incident-1',
      },
      annotations: {
        summary: 'c1: something',
        description: 'c1: something: something',
        change: 'opened',
        host: 'lab1',
        container: 'c1',
        image: 'nginx:1',
        workload: 'service-1',
        rule: 'Something',
        catalogue: 'MNT-01',
        techniques: 'T1611',
        findings: '1',
        opened: '2026-01-02T03:04:00.678Z',
        container_id: 'id1',
        incident: 'incident-1',
        update: 'update-1-1',
      },
      startsAt: '2026-01-02T03:04:00.678Z',
      endsAt: '2026-01-02T04:04:05.678Z',
    },
  ]);
});

test('a posture is another alert than an incident', () => {
  expect(alertLabels(update(1, { kind: 'posture' })).alertname).toBe('MoorwatchPosture');
});

test('what each change does there', () => {
  const fires = Object.fromEntries(
    incidentChanges.map((change) => [
      change,
      Date.parse(alertsOf(update(1, {}, change), options)[0]?.endsAt ?? '') > now,
    ]),
  );
  expect(fires).toEqual({
    opened: true,
    grown: true,
    acknowledged: true,
    closed: false,
    reopened: true,
    merged: false,
  });
  const [noted] = alertsOf(update(1, { status: 'closed' }, 'grown'), options);
  expect(Date.parse(noted?.endsAt ?? '')).toBeLessThan(now);
});

test('the end is a minute early, so that it is one by a clock that is slow; a start is never after it', () => {
  const told = { ...update(1, { openedAt: now - 10_000 }, 'closed'), at: now - 1_000 };
  expect(alertsOf(told, options)[0]).toMatchObject({
    startsAt: '2026-01-02T03:03:04.678Z',
    endsAt: '2026-01-02T03:03:04.678Z',
  });
});

const [line] = update(1).incident.findings;
const lineOf = (severity: 'low' | 'medium' | 'high') => (line === undefined ? [] : [{ ...line, severity }]);

test('a severity that rose ends the alert of the one before', () => {
  const told = update(1, { version: 2, severity: 'critical', findings: [...lineOf('high')] }, 'grown');
  const before = alertLabels(update(1, { severity: 'medium' }));
  const [own, former, ...rest] = alertsOf(told, { ...options, before });
  expect(own?.labels.severity).toBe('critical');
  expect(former?.labels).toEqual(before);
  expect(Date.parse(former?.endsAt ?? '')).toBeLessThan(now);
  expect(rest).toEqual([]);
  expect(alertsOf(told, { ...options, before: alertLabels(told) })).toHaveLength(1);
});

test('where the one before is not known, all that may have been are ended, and nothing for a first version', () => {
  const told = update(1, { version: 2, findings: [...lineOf('low'), ...lineOf('high')] }, 'grown');
  const others = alertsOf(told, options).slice(1);
  expect(others.map(({ labels }) => `${labels.severity} ${labels.workload ?? ''}`)).toEqual([
    'low ',
    'low service-1',
    'medium ',
    'medium service-1',
    'high ',
  ]);
  expect(others.every(({ endsAt }) => Date.parse(endsAt) < now)).toBe(true);
  expect(alertsOf(update(1, { version: 1 }), options)).toHaveLength(1);
});

test('whatever an attacker calls things: alerts that are valid, bounded, with their own names', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      for (const { labels, annotations, startsAt, endsAt } of alertsOf(told, options)) {
        const text = JSON.stringify({ labels, annotations });
        expect(Buffer.byteLength(text)).toBeLessThan(32_768);
        expect(Buffer.from(text).toString()).toBe(text);
        for (const name of [...Object.keys(labels), ...Object.keys(annotations)]) expect(name).toMatch(/^[a-z_]+$/);
        for (const value of Object.values(labels)) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(255);
        for (const value of Object.values(annotations)) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(2_048);
        expect(text).not.toMatch(steering);
        expect(startsAt).toMatch(/^(?:19|20)\d\d-/);
        expect(Date.parse(startsAt)).toBeLessThanOrEqual(Date.parse(endsAt));
      }
    }),
    { numRuns: 300 },
  );
});
