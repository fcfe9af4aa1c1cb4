import { expect, test } from 'vitest';
import { createHealthBook } from '../../../cli/processes/health.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';

const book = (worksWithoutLog = false) => createHealthBook({ pid: 7, startedAt: 0, worksWithoutLog });
const lost: Happening = { name: 'busSessionLost', topic: 'observations', partition: 1, reason: 'fenced' };
const seconds = (n: number): number => n * 1_000;

test('a log that is silent for more than 30 s is a problem, until it answers', () => {
  const one = book();
  one.logAsked({ failed: 'refused' }, seconds(20));
  expect(one.report(seconds(30), 4)).toEqual({ at: 30_000, pid: 7, notes: [] });
  one.logAsked({ failed: 'refused' }, seconds(35));
  expect(one.report(seconds(35), 4).problem).toBe('the log has not answered for 35 s: refused');
  one.logAsked('answered', seconds(40));
  expect(one.report(seconds(69), 4).problem).toBeUndefined();
});

test('to a collector with a spool a silent log is a note', () => {
  const one = book(true);
  one.logAsked({ failed: 'refused' }, seconds(31));
  expect(one.report(seconds(31), 0)).toEqual({
    at: 31_000,
    pid: 7,
    notes: ['the log has not answered for 31 s: refused'],
  });
});

test('a lost session is a problem while no partition is owned, for 30 s', () => {
  const one = book();
  one.logAsked('answered', seconds(100));
  one.saw(lost, seconds(100));
  expect(one.report(seconds(101), 2).problem).toBeUndefined();
  expect(one.report(seconds(101), 0).problem).toBe('no partition could be opened: fenced');
  expect(one.report(seconds(129), 0).problem).toBeDefined();
  expect(one.report(seconds(130), 0).problem).toBeUndefined();
});

test('owning no partition is none: with more analyzers than partitions one waits for its turn', () => {
  expect(book().report(seconds(1), 0).problem).toBeUndefined();
});

test('sessions lost in three windows of 10 s in a row are a problem though partitions are owned; many at once are not', () => {
  const one = book();
  one.logAsked('answered', seconds(100));
  for (const at of [100, 100.1, 100.2, 100.3]) one.saw(lost, seconds(at));
  expect(one.report(seconds(101), 2).problem).toBeUndefined();
  one.saw(lost, seconds(112));
  expect(one.report(seconds(113), 2).problem).toBeUndefined();
  one.saw(lost, seconds(122));
  expect(one.report(seconds(123), 2).problem).toBe('partitions are lost again and again: fenced');
});

test('that observations wait on disk is a note from the first on, until they are sent', () => {
  const one = book();
  one.saw({ name: 'spoolStarted' }, 0);
  expect(one.report(0, 0).notes).toEqual(['the brokers take nothing: what is observed waits on disk']);
  one.saw({ name: 'spoolDrained', count: 1, seconds: 1 }, 0);
  expect(one.report(0, 0).notes).toEqual([]);
});

test('an engine that does not answer and observations that were lost are notes', () => {
  const one = book();
  one.saw({ name: 'engineUnreachable', endpoint: 'e', reason: 'refused', fix: 'f' }, 0);
  one.saw({ name: 'observationDropped', reason: 'queue-full', count: 3 }, 0);
  expect(one.report(0, 0)).toEqual({
    at: 0,
    pid: 7,
    notes: ['the engine does not answer: refused', 'observations were lost: queue-full'],
  });
  one.saw({ name: 'engineFound', endpoint: 'e', how: 'h', version: '1', api: '1' }, seconds(1));
  one.logAsked('answered', seconds(60));
  expect(one.report(seconds(60), 0).notes).toEqual([]);
});
