import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pagerdutyEvent } from '../../../../alerting/formats/pagerduty.ts';
import { severities } from '../../../../shared/finding.ts';
import { incidentChanges } from '../../../../shared/incident.ts';
import { steering } from '../../../support/hostile.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

test('an incident update, field by field', () => {
  const told = {
    ...update(1, { techniques: ['T1611'], tactics: ['privilege-escalation'] }),
    at: 1_767_323_045_678,
    reason: 'why',
  };
  expect(pagerdutyEvent(told)).toEqual({
    event_action: 'trigger',
    dedup_key: 'incident-1',
    client: 'Moorwatch',
    payload: {
      summary: 'c1: something: something',
      source: 'lab1',
      severity: 'error',
      timestamp: '2026-01-02T03:04:05.678Z',
      component: 'c1',
      group: 'service-1',
      class: 'incident',
      custom_details: {
        change: 'opened',
        severity: 'high',
        host: 'lab1',
        container: 'c1',
        image: 'nginx:1',
        workload: 'service-1',
        rule: 'Something',
        catalogue: 'MNT-01',
        techniques: 'T1611',
        tactics: 'privilege-escalation',
        findings: '1',
        opened: '1970-01-01T00:00:01.001Z',
        reason: 'why',
        container_id: 'id1',
        incident: 'incident-1',
        update: 'update-1-1',
        lines: [{ rule: 'Something', severity: 'high', count: 1, summary: 'something' }],
        unlisted: 0,
      },
    },
  });
});

test('what each change does there', () => {
  const does = Object.fromEntries(
    incidentChanges.map((change) => [change, pagerdutyEvent(update(1, {}, change)).event_action]),
  );
  expect(does).toEqual({
    opened: 'trigger',
    grown: 'trigger',
    acknowledged: 'acknowledge',
    closed: 'resolve',
    reopened: 'trigger',
    merged: 'resolve',
  });
});

test('a note on what is closed calls nobody', () => {
  expect(pagerdutyEvent(update(1, { status: 'closed' }, 'grown')).event_action).toBe('resolve');
});

test('severities', () => {
  const of = (severity: (typeof severities)[number]) => pagerdutyEvent(update(1, { severity })).payload.severity;
  expect(severities.map(of)).toEqual(['info', 'info', 'warning', 'error', 'critical']);
});

test('of an incident with many lines the first are told, and how many are not', () => {
  const [line] = update(1).incident.findings;
  const findings = Array.from({ length: 50 }, () => line).flatMap((one) => one ?? []);
  const { custom_details: details } = pagerdutyEvent(update(1, { findings, more: 7 })).payload;
  expect(details).toMatchObject({ unlisted: 37 });
  expect(details.lines).toHaveLength(20);
});

test('whatever an attacker calls things: within the limits, valid UTF-8, nothing invisible', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const event = pagerdutyEvent(told);
      const text = JSON.stringify(event);
      expect(Buffer.byteLength(text)).toBeLessThan(65_536);
      expect(Buffer.from(text).toString()).toBe(text);
      const { summary, source, component = '', group = '', class: kind = '', custom_details: details } = event.payload;
      for (const one of [source, component, group, kind]) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255);
      for (const [key, value] of Object.entries(details))
        if (typeof value === 'string') expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(512);
      for (const line of details.lines as { rule: string; summary: string }[]) {
        expect(Buffer.byteLength(line.rule)).toBeLessThanOrEqual(256);
        expect(Buffer.byteLength(line.summary)).toBeLessThanOrEqual(512);
      }
      expect(summary.length).toBeGreaterThan(0);
      expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_024);
      expect(Buffer.byteLength(event.dedup_key)).toBeLessThanOrEqual(255);
      expect(source.length).toBeGreaterThan(0);
      expect(text).not.toMatch(steering);
    }),
    { numRuns: 300 },
  );
});
