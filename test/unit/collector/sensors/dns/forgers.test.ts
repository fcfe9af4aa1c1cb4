import { describe, expect, it } from 'vitest';
import { forgedNetworks, withheldNames } from '../../../../../collector/sensors/dns/forgers.ts';
import type { SweptContainer } from '../../../../../collector/sweeps.ts';
import { swept } from '../../../../support/collector/sweeps.ts';

const network = (key: string, members: readonly Partial<SweptContainer>[], isHost = false) => {
  const [first = swept(key, 1), ...others] = members.map((more, at) =>
    swept(`${key}${at}`, 1, { hasFarPeers: false, ...more }),
  );
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

it('are those on a network that reaches beyond the engine, or of which that is not known, and no neighbours of them', () => {
  const fair = { mayForge: false, networks: ['front'] };
  const far = { ...fair, networks: ['front', 'overlay'], hasFarPeers: true };
  const unknown = { ...swept('u', 1, fair) };
  expect(forged(network('1', [far]), network('2', [fair]))).toEqual(['1']);
  const third = { key: '3', namespace: 'net:[3]', members: [unknown] as const, isHost: false };
  expect(forgedNetworks([third])).toEqual([third]);
});

describe('who takes names away', () => {
  const fair = { mayForge: false, networks: ['front'], hasResolver: true };
  const told = (...networks: readonly ReturnType<typeof network>[]) => {
    const { forgers, ...counts } = withheldNames(networks);
    return { ...counts, forgers: forgers.map(({ container, isOnHost, takes }) => [container.id, isOnHost, takes]) };
  };

  it('is nobody where nobody may', () => {
    expect(told(network('1', [fair]), network('2', [fair]))).toEqual({ of: 2, without: 0, far: 0, forgers: [] });
  });

  it('is told with from how many, the worst first', () => {
    const alone = { mayForge: true, networks: ['apart'], hasResolver: true };
    const both = { mayForge: true, networks: ['front', 'back'], hasResolver: true };
    const apart = { ...fair, networks: ['quiet'] };
    expect(
      told(network('a', [alone]), network('b', [both]), network('c', [fair, fair]), network('d', [apart])),
    ).toEqual({
      of: 5,
      without: 4,
      far: 0,
      forgers: [
        ['b0', false, 3],
        ['a0', false, 1],
      ],
    });
  });

  it('is whoever may from the host’s network, of all; what has no resolver has no names to lose', () => {
    const bridged = { mayForge: true, networks: ['bridge'], hasResolver: false };
    expect(told(network('1', [{ mayForge: true }], true), network('2', [fair]), network('3', [bridged]))).toEqual({
      of: 1,
      without: 1,
      far: 0,
      forgers: [['10', true, 1]],
    });
  });

  it('is nobody by name on a network that reaches beyond the engine', () => {
    expect(told(network('1', [{ ...fair, hasFarPeers: true }]))).toEqual({ of: 1, without: 1, far: 1, forgers: [] });
  });

  it('is made out for so many alone', () => {
    const many = Array.from({ length: 300 }, (_, nth) =>
      network(`${nth}-`, [{ mayForge: true, networks: ['front'], hasResolver: true }]),
    );
    const { without, forgers } = withheldNames(many);
    expect([without, forgers.length, forgers[0]?.takes]).toEqual([300, 256, 300]);
  });
});
