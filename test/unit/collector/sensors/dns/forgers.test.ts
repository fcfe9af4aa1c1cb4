import { expect, it } from 'vitest';
import { forgedNetworks } from '../../../../../collector/sensors/dns/forgers.ts';
import type { SweptContainer } from '../../../../../collector/sweeps.ts';
import { swept } from '../../../../support/collector/sweeps.ts';

const network = (key: string, members: readonly Partial<SweptContainer>[], isHost = false) => {
  const [first = swept(key, 1), ...others] = members.map((more, at) => swept(`${key}${at}`, 1, more));
  return { key, namespace: `net:[${key}]`, members: [first, ...others] as const, isHost };
};
const forged = (...networks: readonly ReturnType<typeof network>[]) => forgedNetworks(networks).map(({ key }) => key);

it('are those of a container that may send in another’s name, or of which that is not known', () => {
  expect(forged(network('1', [{ mayForge: true }]), network('2', [{ mayForge: false }]), network('3', [{}]))).toEqual([
    '1',
    '3',
  ]);
});

it('are those that it joined', () => {
  expect(forged(network('1', [{ mayForge: false }, { mayForge: true }]))).toEqual(['1']);
});

it('are those with which it shares a network', () => {
  const fair = { mayForge: false, networks: ['front', 'back'] };
  expect(forged(network('1', [fair]), network('2', [{ mayForge: true, networks: ['back'] }]))).toEqual(['1', '2']);
  expect(forged(network('1', [fair]), network('2', [{ mayForge: true, networks: ['apart'] }]))).toEqual(['2']);
});

it('are those with which the namespace that it joined shares a network', () => {
  const fair = { mayForge: false, networks: ['front'] };
  const joined = network('1', [fair, { mayForge: true, networks: [] }]);
  expect(forged(joined, network('2', [fair]), network('3', [{ ...fair, networks: ['apart'] }]))).toEqual(['1', '2']);
});

it('are the host’s own', () => {
  const fair = { mayForge: false, networks: ['front'] };
  expect(forged(network('1', [{ mayForge: false }], true), network('2', [fair]))).toEqual(['1']);
});

it('are all where a container on the host’s network may send in another’s name, or where that is not known', () => {
  const fair = network('2', [{ mayForge: false, networks: ['front'] }]);
  expect(forged(network('1', [{ mayForge: true }], true), fair)).toEqual(['1', '2']);
  expect(forged(network('1', [{ mayForge: false }, {}], true), fair)).toEqual(['1', '2']);
});
