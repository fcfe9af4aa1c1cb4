import { describe, expect, it } from 'vitest';
import { type Conditions, createConditions } from '../../../../analyzer/conditions/conditions.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { snapshot } from '../../../support/analyzer/observations.ts';
import { findings } from '../../../support/analyzer/play.ts';
import { finding } from '../../alerting/finding-records.ts';

const most = 20_000;

const daemon = (index: number): Observation => ({
  id: `daemon ${index}`,
  kind: 'daemon',
  at: index,
  event: { source: 'inspect', action: 'poll' },
  host: { id: `host ${index}`, name: 'anchor' },
});

const observe = (conditions: Conditions, index: number) =>
  conditions.observe(daemon(index), index, [
    { row: 'API-03', level: 'high', finding: ({ subject }) => finding(`finding ${index}`, { subject }) },
  ]);

describe('more conditions than can be remembered', () => {
  it('give way, the oldest first, and are said to have ended, so that their incidents can close', () => {
    const conditions = createConditions({ partition: 0, restored: new Map() });
    for (let index = 0; index < most; index += 1) observe(conditions, index);
    const records = observe(conditions, most);
    expect(records[0]).toMatchObject({ type: 'finding', finding: { id: 'finding 20000' } });
    expect(records).toHaveLength(1 + most / 8);
    expect(records[1]).toEqual({
      type: 'ended',
      id: 'finding 0',
      subject: 'host 0/API-03/high/@daemon',
      host: { id: 'host 0', name: 'anchor' },
      lineage: 'host 0',
      at: most,
      reason: 'evicted: too many conditions to follow',
    });
    expect(observe(conditions, most + 1)).toHaveLength(1);
    expect(observe(conditions, 0)).toMatchObject([{ type: 'finding', finding: { id: 'finding 0' } }]);
  });

  it('are told before they end, when they still waited to be told', () => {
    const conditions = createConditions({ partition: 0, restored: new Map() });
    const see = (container: string, at: number) =>
      snapshot(container, at, { name: 'same' }).flatMap((observation) => {
        conditions.note(observation, at);
        return conditions.observe(observation, at, [
          { row: 'CFG-01', level: 'high', finding: ({ subject }) => finding(container, { subject, at }) },
        ]);
      });
    expect(see('old', 1)).toHaveLength(1);
    expect(see('new', 2)).toEqual([]);
    for (let index = 3; index <= most; index += 1) observe(conditions, index);
    const records = observe(conditions, most + 1);
    const about = records.map((record) => (record.type === 'ended' ? `-${record.id}` : findings([record])[0]?.id));
    expect(about.filter((id) => !id?.startsWith('-') || ['-old', '-new'].includes(id))).toEqual([
      'finding 20001',
      '-old',
      'new',
      '-new',
    ]);
  });
});
