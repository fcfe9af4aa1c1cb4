import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SplunkOptions, splunkEvent } from '../../../../alerting/formats/splunk.ts';
import { incidentChanges } from '../../../../shared/incident.ts';
import { steering } from '../../../support/hostile.ts';
import type { CollectedEvent } from '../../../support/splunk-collector.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const options: SplunkOptions = { source: 'moorwatch', sourcetype: 'moorwatch:incident', index: 'security' };
type Event = CollectedEvent & { readonly event: Readonly<Record<string, string | number>> };
const eventOf = (told: ReturnType<typeof update>, more: Partial<SplunkOptions> = {}): Event =>
  JSON.parse(splunkEvent(told, { ...options, ...more })) as Event;

test('an incident update, field by field', () => {
  const told = { ...update(1, { techniques: ['T1611', 'T1059.004'], tactics: ['stealth'] }), at: 1_764_464_523_456 };
  expect(eventOf(told)).toEqual({
    time: 1_764_464_523.456,
    host: 'lab1',
    source: 'moorwatch',
    sourcetype: 'moorwatch:incident',
    index: 'security',
    fields: {
      update_id: 'update-1-1',
      incident_id: 'incident-1',
      change: 'opened',
      severity: 'high',
      kind: 'incident',
      mitre_technique_id: ['T1611', 'T1059', 'T1059.004'],
    },
    event: {
      id: 'update-1-1',
      type: 'alert',
      app: 'moorwatch',
      change: 'opened',
      severity: 'high',
      severity_id: 4,
      incident_id: 'incident-1',
      incident_version: 1,
      kind: 'incident',
      status: 'open',
      dest: 'lab1',
      signature: 'Something',
      signature_id: 'MNT-01',
      container_id: 'id1',
      container_name: 'c1',
      image: 'nginx:1',
      workload: 'service-1',
      description: 'c1: something: something',
      rule_id: 'rule-1',
      rule_kind: 'signature',
      nature: 'event',
      finding_id: 'finding-1',
      finding_severity: 'high',
      finding_count: 1,
      first_seen: '1970-01-01T00:00:01.000Z',
      last_seen: '1970-01-01T00:00:01.000Z',
      findings: 1,
      techniques: 'T1611,T1059.004',
      tactics: 'stealth',
      opened: '1970-01-01T00:00:01.001Z',
      host_id: 'h1',
      workload_id: 'w1',
      image_id: 'sha256:1',
      lineage: 'l1',
      catalogue: 'MNT-01',
      title: 'c1: something',
      summary: 'something',
    },
  });
});

test('without an index it is the one of the token', () => {
  expect(eventOf(update(1), { index: undefined })).not.toHaveProperty('index');
});

test('what people and time did about an incident is no alert', () => {
  const types = incidentChanges.map((change) => [change, eventOf(update(1, {}, change)).event.type]);
  expect(Object.fromEntries(types)).toEqual({
    opened: 'alert',
    grown: 'alert',
    reopened: 'alert',
    acknowledged: 'event',
    closed: 'event',
    merged: 'event',
  });
});

/** Bytes of the values that have more than the others. */
const longer: Readonly<Record<string, number>> = { description: 1_024, summary: 1_024 };

test('whatever an attacker calls things: one line of JSON that Splunk does not cut, flat, valid UTF-8', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const text = splunkEvent({ ...told, id: 'an-id' }, options);
      expect(text).not.toMatch(steering);
      expect(Buffer.from(text).toString()).toBe(text);
      const { event, fields, time } = JSON.parse(text) as Event;
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(10_000);
      expect(event.id).toBe('an-id');
      for (const [key, value] of Object.entries(event)) {
        expect(key).toMatch(/^[a-z_]+$/);
        expect(['string', 'number'], key).toContain(typeof value);
        expect(Buffer.byteLength(String(value)), key).toBeLessThanOrEqual(longer[key] ?? 512);
      }
      for (const value of Object.values(fields ?? {}).flat()) {
        expect(value).toEqual(expect.stringMatching(/./u));
        expect(Buffer.byteLength(String(value))).toBeLessThanOrEqual(128);
      }
      expect(time === undefined || (Number.isFinite(time) && time >= 0)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
