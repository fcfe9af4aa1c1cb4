import { expect, it } from 'vitest';
import { memoryText } from '../../../../../analyzer/baselines/quantities/text.ts';
import type { LevelMemory } from '../../../../../shared/quantity-state.ts';

const memory: LevelMemory = {
  host: { id: 'h', name: 'a "host"' },
  workload: { id: 'w', name: 'w\n' },
  quantity: 'cpu',
  unit: '%',
  seen: 1.5,
  needs: { observations: 1, hours: 2, newProbability: 0.05 },
  progress: {},
  kind: 'level',
  total: [0, 3, 1.5],
  hours: Array.from({ length: 24 }, (_, hour) => [hour]),
  fadedTo: 3,
  means: Array.from({ length: 24 }, () => [0, 0] as const),
  spread: 0.25,
  days: [0.1],
};

it('the text of a memory is its JSON, before and after any part of it changed', () => {
  const later: LevelMemory = { ...memory, hours: memory.hours.with(3, [1, 2, 3]), total: [7], days: [0.1, 0.2] };
  const told: LevelMemory = { ...later, told: { at: 1, by: 'jump', level: 2, lastHigh: 1, hoursOfDay: 4 } };
  for (const one of [memory, memory, later, told, { ...told, hour: undefined } as unknown as LevelMemory])
    expect(memoryText(one)).toBe(JSON.stringify(one));
});
