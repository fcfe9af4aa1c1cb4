import { expect, it } from 'vitest';
import { createMemory, type Known } from '../../../../../collector/sensors/processes/memory.ts';

const first = () => ({ ticks: 0, wasThere: true });
const numbers = (count: number, from = 1): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);
const known = {} as Known;

it('looks at the first process of a container and the newest of too many', () => {
  const memory = createMemory();
  const one = memory.of({ id: 'a', pid: 1 }, first);
  expect(memory.choose(one, numbers(512))).toEqual({ chosen: numbers(512), left: 0 });
  const { chosen, left } = memory.choose(one, numbers(600));
  expect([chosen.length, chosen[0], chosen[1], chosen.at(-1), left]).toEqual([512, 1, 90, 600, 88]);
  expect(memory.choose(one, [])).toEqual({ chosen: [], left: 0 });
});

it('keeps so many of all containers together, and what it knows of each', () => {
  const memory = createMemory();
  const containers = numbers(40).map((pid) => ({ id: `c${pid}`, pid }));
  for (const container of containers.slice(0, 32))
    for (const pid of numbers(512)) memory.of(container, first).known.set(pid, known);
  const late = memory.of({ id: 'c40', pid: 40 }, first);
  memory.keep(containers);
  expect(memory.choose(late, numbers(10))).toEqual({ chosen: [1], left: 9 });
  const full = memory.of({ id: 'c1', pid: 1 }, first);
  expect(memory.choose(full, numbers(512)).left).toBe(0);
});

it('forgets a container that is gone, and its former life when it begins anew', () => {
  const memory = createMemory();
  memory.of({ id: 'a', pid: 1 }, first).known.set(1, known);
  memory.keep([{ id: 'a', pid: 1 }]);
  expect(memory.of({ id: 'a', pid: 1 }, first).known.size).toBe(1);
  expect(memory.of({ id: 'a', pid: 2 }, first).known.size).toBe(0);
  memory.keep([]);
  expect(memory.of({ id: 'a', pid: 1 }, first).known.size).toBe(0);
});
