import { expect, it } from 'vitest';
import { createCollecting } from '../../../../alerting/evidence/collect.ts';
import type { Incident } from '../../../../shared/incident.ts';
import { update } from '../updates.ts';

const named = (id: string) => ({ id, name: id });
const beyond = (more: Partial<Incident>) =>
  createCollecting(update(1, more).incident, { from: 0, to: 1 }).evidence({ baselines: [] }).beyond?.containers;

it.each([
  ['one alone', {}, 0],
  ['all of them in the list', { containers: [named('id1'), named('job')] }, 0],
  ['the first in the list', { containers: [named('id1'), named('job')], moreContainers: 3 }, 3],
  [
    'the first no more in the list, of which everything is looked for',
    { containers: [named('job')], moreContainers: 3 },
    2,
  ],
  ['on the host', { container: undefined }, 0],
])('nothing is looked for of containers that an incident does not name: %s', (_, more, count) => {
  expect(beyond(more)).toBe(count);
});
