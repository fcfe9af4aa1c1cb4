import { describe, expect, it } from 'vitest';
import { gapLineSchema, readGaps } from '../../../../alerting/feed/gaps.ts';
import type { Finding } from '../../../../shared/finding.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';
import { finding, rule, told } from '../finding-records.ts';

const gap = (id: string, to: number, more: Partial<Finding> = {}): Finding =>
  finding(id, {
    in: null,
    at: to,
    rule: { ...rule('r').rule, catalogue: ['MON-01'] },
    observation: { id: `o-${id}`, kind: 'gap', at: to, 'gap.reason': 'queue-full', 'gap.from': to - 5, 'gap.to': to },
    ...more,
  });

describe('the ledger of gaps', () => {
  const read = async (findings: readonly Finding[], query: Partial<Parameters<typeof readGaps>[1]> = {}) => {
    const bus = createMemoryBus({ clock: () => 1_000 });
    for (const one of findings)
      await bus.append('findings', [{ key: one.host.id, value: JSON.stringify(told(one)), at: one.at }]);
    const ledger = await readGaps(bus, { since: 0, limit: 100, ...query });
    await bus.close();
    return { ...ledger, ids: ledger.gaps.map(({ id }) => id) };
  };

  it('has when, where and why nothing was seen, what ended last first', async () => {
    const { gaps, ids, total } = await read([gap('a', 100), gap('c', 300), gap('b', 200)]);
    expect([ids, total]).toEqual([['c', 'b', 'a'], 3]);
    expect(gaps[0]).toMatchObject({
      from: 295,
      to: 300,
      reason: 'queue-full',
      host: { name: 'lab1' },
      severity: 'high',
    });
    for (const one of gaps) expect(gapLineSchema.parse(one)).toEqual(one);
  });

  it('has no other findings, and each gap once though several rules tell it', async () => {
    const other = { rule: { ...rule('r').rule, catalogue: ['X-01'] } };
    const twice = gap('b', 100, { observation: gap('a', 100).observation });
    const old = gap('old', 50, { observation: { id: 'o', kind: 'gap', at: 50, 'gap.reason': 'spool-expired' } });
    const sequence = gap('s', 60, { kind: 'sequence' });
    const { ids, total, gaps } = await read([gap('a', 100), twice, gap('x', 100, other), finding('f'), old, sequence]);
    expect([ids, total]).toEqual([['a', 'old'], 2]);
    // Of an earlier version, that does not say from when.
    expect(gaps[1]).toMatchObject({ from: 50, to: 50 });
  });

  it('is of one host, of a time and of so many, the newest, when that is asked', async () => {
    const many = Array.from({ length: 30 }, (_, n) => gap(`g${n}`, 100 + n));
    expect(await read(many, { limit: 3 })).toMatchObject({ ids: ['g29', 'g28', 'g27'], total: 30 });
    const there = gap('there', 100, { host: { id: 'h2', name: 'aft' } });
    expect((await read([...many, there], { host: 'aft' })).ids).toEqual(['there']);
    expect((await read([...many, there], { host: 'h2' })).ids).toEqual(['there']);
    expect((await read(many, { since: 1_001 })).total).toBe(0);
  });
});
