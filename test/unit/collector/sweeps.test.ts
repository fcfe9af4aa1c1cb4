import { expect, test } from 'vitest';
import type { KnownContainer } from '../../../collector/engine/inventory.ts';
import { containersForSweeps } from '../../../collector/sweeps.ts';
import type { ContainerFacts } from '../../../shared/observation.ts';

const known = (facts: Partial<ContainerFacts>, more: Partial<KnownContainer> = {}): KnownContainer => {
  const image = { name: 'busybox', id: 'i', registry: 'r', repository: 'r/i' };
  const snapshot = { container: { id: 'c', name: 'c', image, ...facts } } as unknown as KnownContainer['snapshot'];
  return { id: 'c', name: 'c', state: 'running', pid: 1, startedAt: 1, snapshot, ...more };
};
const internal = { name: 'back', id: '1', internal: true };
const front = { name: 'front', id: '2', internal: false };
const unknown = { name: 'other', id: '3' };

test('only those that run and have a process are swept', () => {
  const states = ['running', 'paused', 'exited', 'created'].map((state) => known({}, { state }));
  expect(containersForSweeps([...states, known({}, { pid: 0 })])).toHaveLength(2);
});

test.each([
  [[internal], true],
  [[internal, internal], true],
  [[internal, front], false],
  [[internal, unknown], false],
  [[], false],
])('networks %j: on internal ones only is %s', (networks, expected) => {
  expect(containersForSweeps([known({ networks })])[0]?.internalOnly).toBe(expected);
});

test('a limit of processes of -1 is none', () => {
  const limits = { memory: 0, memory_swap: 0, nano_cpus: 0, cpu_quota: 0, pids: -1 };
  expect(containersForSweeps([known({ limits })])[0]?.pidsLimit).toBe(0);
  expect(containersForSweeps([known({ limits: { ...limits, pids: 50 } })])[0]?.pidsLimit).toBe(50);
});

test.each([
  [['CAP_CHOWN', 'CAP_NET_RAW'], true],
  [['CAP_NET_ADMIN'], true],
  [['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'], false],
  [[], false],
  [undefined, true],
])('capabilities %j: answers may be forged is %s', (effective, expected) => {
  const caps = effective && { added: [], dropped: [], effective, near_privileged: false };
  expect(containersForSweeps([known({ ...(caps && { caps }), networks: [front] })])[0]).toMatchObject({
    mayForge: expected,
    networks: ['2'],
  });
});

test.each([
  ['bridge', false],
  ['host', false],
  ['null', false],
  ['overlay', true],
  ['macvlan', true],
  ['ipvlan', true],
  ['weave', true],
  [undefined, true],
])('a network of the driver %s: others than the engine’s containers may be there is %s', (driver, expected) => {
  const network = { ...front, ...(driver && { driver }) };
  expect(containersForSweeps([known({ networks: [network] })])[0]?.hasFarPeers).toBe(expected);
});

test.each([
  ['front', true],
  ['bridge', false],
  ['none', false],
])('on the network %s names are resolved is %s', (name, expected) => {
  expect(containersForSweeps([known({ networks: [{ ...front, name }] })])[0]?.hasResolver).toBe(expected);
});
