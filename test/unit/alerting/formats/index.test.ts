import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFormat } from '../../../../alerting/formats/index.ts';
import { messageFormats, ocsfClasses } from '../../../../shared/message-format.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

const told = { ...update(1), finding: 'finding-1' };

test('moorwatch is the update itself, and what is used when nothing is said', () => {
  const format = createFormat({}, '1');
  expect(format.contentType).toBe('application/json');
  expect(format.messages(told)).toEqual([{ id: told.id, text: JSON.stringify(told) }]);
  expect(format.body(told)).toBe(JSON.stringify(told));
});

test('falco is one message under the id of the update', () => {
  const format = createFormat({ format: 'falco' }, '1');
  expect(format.messages(told).map(({ id }) => id)).toEqual([told.id]);
  expect(JSON.parse(format.body(told) ?? '')).toMatchObject({ source: 'moorwatch' });
});

test('ocsf is an event a message under its own id; a body holds both as an array', () => {
  const format = createFormat({ format: 'ocsf' }, '1');
  const messages = format.messages(told);
  expect(messages.map(({ text }) => (JSON.parse(text) as { class_uid: number }).class_uid)).toEqual([2004, 2005]);
  expect(messages[1]?.id).toBe(told.id);
  expect(new Set(messages.map(({ id }) => id)).size).toBe(2);
  expect(format.body(told)).toBe(`[${messages.map(({ text }) => text).join(',')}]`);
  expect(JSON.parse(format.body(update(1, {}, 'closed')) ?? '')).toHaveLength(1);
});

test('ocsf of one class is one object, and nothing where there is nothing to tell', () => {
  const incident = createFormat({ format: 'ocsf', ocsfClass: 'incident' }, '1');
  expect(JSON.parse(incident.body(told) ?? '')).toMatchObject({ class_uid: 2005 });
  const detection = createFormat({ format: 'ocsf', ocsfClass: 'detection' }, '1');
  expect(JSON.parse(detection.body(told) ?? '')).toMatchObject({ class_uid: 2004 });
  expect(detection.messages(update(1, {}, 'closed'))).toEqual([]);
  expect(detection.body(update(1, {}, 'closed'))).toBeUndefined();
});

test('whatever an attacker calls things: each message is one line of valid JSON in valid UTF-8', () => {
  const choice = fc.record({ format: fc.constantFrom(...messageFormats), ocsfClass: fc.constantFrom(...ocsfClasses) });
  fc.assert(
    fc.property(hostileUpdate, choice, (one, chosen) => {
      const format = createFormat(chosen, '1');
      const texts = [...format.messages(one).map(({ text }) => text), format.body(one) ?? '{}'];
      for (const text of texts) {
        expect(text).not.toMatch(/[\n\r]/);
        expect(Buffer.from(text).toString()).toBe(text);
        expect(JSON.parse(text)).toBeTypeOf('object');
      }
    }),
    { numRuns: 200 },
  );
});
