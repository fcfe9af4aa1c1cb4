import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incidentLogRecord } from '../../../../alerting/formats/otel.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const names = /^(?:moorwatch|host|container|security_rule)\.[a-z_.]+$/;
const wellFormed = (text: string): void => expect(Buffer.from(text).toString()).toBe(text);

test('whatever an attacker calls things: attributes of our names, bounded, valid UTF-8', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const { body, attributes, eventName } = incidentLogRecord(told);
      expect(eventName).toBe(`moorwatch.incident.${told.change}`);
      wellFormed(body);
      expect(body.length).toBeLessThanOrEqual(4_096);
      for (const [name, value] of Object.entries(attributes)) {
        expect(name).toMatch(names);
        for (const text of [value].flat()) {
          if (typeof text === 'number') continue;
          wellFormed(text);
          expect(text.length).toBeLessThanOrEqual(4_096);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('texts and lists that are longer are cut', () => {
  const techniques = Array.from({ length: 80 }, (_, n) => `T${n}`);
  const { attributes, body } = incidentLogRecord(update(1, { title: 'x'.repeat(9_000), techniques }));
  expect(body).toBe(`${'x'.repeat(4_095)}…`);
  expect(attributes['moorwatch.incident.title']).toBe(body);
  expect(attributes['moorwatch.attack.techniques']).toEqual(techniques.slice(0, 50));
});
