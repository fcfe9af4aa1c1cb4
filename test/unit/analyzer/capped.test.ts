import { describe, expect, it } from 'vitest';
import { cappedFields, cappedRef } from '../../../analyzer/capped.ts';
import { exec, snapshot } from '../../support/analyzer/observations.ts';
import { createPlay } from '../../support/analyzer/play.ts';
import { rule, ruleSet } from '../../support/analyzer/rules.ts';

const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('what is kept of what an attacker wrote', () => {
  it('is all of it when it is short', () => {
    const fields = {
      'exec.uid': 0,
      'exec.user': null,
      'exec.args': ['sh', '-c'],
      'exec.tty': false,
      'exec.gone': undefined,
    };
    expect(cappedFields(fields)).toEqual({
      'exec.uid': 0,
      'exec.user': null,
      'exec.args': ['sh', '-c'],
      'exec.tty': false,
    });
  });

  it('is cut visibly when it is long', () => {
    expect(cappedFields({ a: 'x'.repeat(5_000) }).a).toMatch(/^x{1023}…$/);
    expect(cappedRef({ id: '1', name: 'n'.repeat(999) }).name).toHaveLength(256);
  });

  it('says of a list that it is not whole', () => {
    const list = Array.from({ length: 33 }, (_, n) => n);
    expect(cappedFields({ a: list.slice(1) }).a).toEqual(list.slice(1).map(String));
    expect(cappedFields({ a: list }).a).toEqual([...list.slice(0, 32).map(String), '…']);
    expect(cappedFields({ a: Array(5).fill('x'.repeat(1_000)) }).a).toEqual([
      ...Array<string>(4).fill('x'.repeat(1_000)),
      '…',
    ]);
  });

  it('is never cut within a character', () => {
    expect(cappedFields({ a: `${'x'.repeat(1_022)}😀😀` }).a).toBe(`${'x'.repeat(1_022)}…`);
    expect(cappedRef({ id: '1', name: `${'n'.repeat(254)}😀😀` }).name).toBe(`${'n'.repeat(254)}…`);
  });

  it('stays far below 64 KiB, whatever it is made of', () => {
    const nasty = '\u0000'.repeat(100_000);
    const list = Array.from({ length: 10_000 }, () => nasty);
    const fields = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`field ${index}`, index % 2 === 0 ? nasty : list]),
    );
    expect(size(cappedFields(fields))).toBeLessThan(16_384);
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field ${index}`, '漢'.repeat(9_999)]));
    expect(size(cappedFields(wide))).toBeLessThan(49_152);
  });

  it('keeps every value that the stage writes below 64 KiB', () => {
    const huge = `${'\u0001'.repeat(90_000)}`;
    const claims = [huge, huge, '1'] as const;
    const everything = rule('CFG-01', ({ kind }) => kind === 'container_configuration', {
      nature: 'condition',
      fields: [
        'container.name',
        'container.project',
        'container.service',
        'workload.name',
        'exec.command',
        'snapshot.object',
      ],
    });
    const play = createPlay({ rules: ruleSet([everything]) });
    const inflate = <T extends { workload?: object; container?: object }>(observation: T): T => ({
      ...observation,
      workload: { id: 'w', name: huge },
    });
    const look = { claims, mounts: { [`/${huge}`]: huge } };
    play.batch(snapshot('c1', 1, { ...look, name: 'a' }).map(inflate));
    play.batch(snapshot('c2', 2, { ...look, name: 'b' }).map(inflate));
    play.batch([inflate(exec('c1', 3, [huge, huge], { user: huge, age: 100 }))]);
    const written = [...play.state.values(), ...play.outputs.map(({ record }) => record.value ?? '')];
    expect([...play.state.values()].some((value) => value.includes('"pending"'))).toBe(true);
    expect(Math.max(...written.map((value) => Buffer.byteLength(value)))).toBeLessThan(65_536);
  });
});
