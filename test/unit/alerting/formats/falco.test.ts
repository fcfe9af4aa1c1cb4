import fc from 'fast-check';
import { expect, test } from 'vitest';
import { falcoAlert } from '../../../../alerting/formats/falco.ts';
import { severities } from '../../../../shared/finding.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { type FalcoPayload, sidekickReads } from '../../../support/falcosidekick.ts';
import { steering } from '../../../support/hostile.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const at = 1_700_000_000_123;
const [line] = update(1).incident.findings;
const titled = (title: string) => (line === undefined ? [] : [{ ...line, rule: { ...line.rule, title } }]);
/** As falcosidekick takes it. */
function read(one: IncidentUpdate): FalcoPayload {
  const payload = sidekickReads(falcoAlert(one));
  if (payload === 'bad request') throw new Error(`refused: ${falcoAlert(one)}`);
  return payload;
}

test('an incident update, field by field', () => {
  const { container } = update(1).incident;
  const id = '8d3e1c0aa7b25f6e'.repeat(4);
  const image = { name: 'registry:5000/shop/web:4@sha256:ab', id: 'sha256:1' };
  const told = {
    ...update(1, {
      container: container && { ...container, id, image },
      techniques: ['T1611'],
      tactics: ['privilege-escalation'],
    }),
    id: '5f0c1e2d3b4a59687786958493a2b1c0',
    at,
  };
  expect(JSON.parse(falcoAlert(told))).toEqual({
    uuid: '5f0c1e2d-3b4a-5968-7786-958493a2b1c0',
    output: 'c1: something: something',
    priority: 'Error',
    rule: 'Something',
    time: '2023-11-14T22:13:20.123000000Z',
    source: 'moorwatch',
    tags: ['container', 'moorwatch', 'mitre_privilege_escalation', 'T1611'],
    hostname: 'lab1',
    output_fields: {
      'moorwatch.update': told.id,
      'moorwatch.incident': 'incident-1',
      'moorwatch.version': 1,
      'moorwatch.findings': 1,
      'moorwatch.change': 'opened',
      'moorwatch.status': 'open',
      'moorwatch.kind': 'incident',
      'container.id': '8d3e1c0aa7b2',
      'container.full_id': id,
      'container.name': 'c1',
      'container.image.repository': 'registry:5000/shop/web',
      'container.image.tag': '4',
      'container.image.digest': 'sha256:ab',
      'container.image.id': 'sha256:1',
      'moorwatch.catalogue': 'MNT-01',
      'moorwatch.rule': 'rule-1',
      'moorwatch.workload': 'service-1',
      'moorwatch.host': 'h1',
    },
  });
});

test('severities', () => {
  const priorities = severities.map((severity) => read(update(1, { severity })).priority);
  expect(priorities).toEqual(['Informational', 'Notice', 'Warning', 'Error', 'Critical']);
});

test('a change that is no finding stands before the text', () => {
  expect(read(update(1, { closeReason: 'quiet' }, 'closed'))).toMatchObject({
    output: 'closed: c1: something: something',
    output_fields: { 'moorwatch.change': 'closed', 'moorwatch.reason': 'quiet' },
  });
  expect(read(update(1, {}, 'grown')).output).toBe('c1: something: something');
});

test('an incident of a host says so, as Falco does', () => {
  const payload = read(update(1, { container: undefined }));
  expect(payload.tags).toContain('host');
  expect(payload.output_fields).toMatchObject({ 'container.id': 'host', 'container.name': 'host' });
});

test.each([
  ['nginx', 'nginx', undefined],
  ['nginx:1', 'nginx', '1'],
  ['registry:5000/web', 'registry:5000/web', undefined],
  ['registry:5000/web:2', 'registry:5000/web', '2'],
])('the image %s', (name, repository, tag) => {
  const { container } = update(1).incident;
  const fields = read(update(1, { container: container && { ...container, image: { name, id: '' } } })).output_fields;
  expect(fields['container.image.repository']).toBe(repository);
  expect(fields['container.image.tag']).toBe(tag);
});

test('no rule of somebody passes for the test of falcosidekick, and none is empty', () => {
  expect(read(update(1, { findings: titled('Test rule') }))).toMatchObject({ rule: 'Moorwatch: Test rule' });
  expect(read(update(1, { findings: titled('Test rule') })).source).toBe('moorwatch');
  expect(read(update(1, { findings: titled('') })).rule).toBe('Moorwatch: ');
  expect(read(update(1, { findings: [] })).rule).toBe('incident');
});

test('whatever an attacker calls things: an alert that falcosidekick takes whole, with its ids', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const id = '0123456789abcdef0123456789abcdef';
      const text = falcoAlert({ ...told, id });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_032);
      expect(Buffer.from(text).toString()).toBe(text);
      expect(text).not.toMatch(steering);
      const alert = JSON.parse(text) as FalcoPayload;
      expect(sidekickReads(text)).toMatchObject({
        output_fields: { ...alert.output_fields, 'moorwatch.update': id },
      });
      expect(Buffer.byteLength(alert.output)).toBeLessThanOrEqual(768);
      expect(Buffer.byteLength(alert.rule)).toBeLessThanOrEqual(200);
      expect(Buffer.byteLength(alert.hostname)).toBeLessThanOrEqual(255);
      expect(alert.tags.length).toBeLessThanOrEqual(20);
      for (const tag of alert.tags) expect(Buffer.byteLength(tag)).toBeLessThanOrEqual(64);
      for (const [key, value] of Object.entries(alert.output_fields)) {
        expect(key).toMatch(/^(?:moorwatch|container)\.[a-z_.]+$/);
        expect(['string', 'number'], key).toContain(typeof value);
        expect(Buffer.byteLength(String(value)), key).toBeLessThanOrEqual(255);
      }
    }),
    { numRuns: 300 },
  );
});
