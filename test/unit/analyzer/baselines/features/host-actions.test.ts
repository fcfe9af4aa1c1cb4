import { describe, expect, it } from 'vitest';
import { hostActions } from '../../../../../analyzer/baselines/features/host-actions.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { engineEvent } from '../../../../support/analyzer/observations.ts';

type Docker = Partial<Observation['docker']>;
const items = (type: string, action: string, docker: Docker = {}) =>
  hostActions.learns(engineEvent([type, action], 1, { docker }), {});
const text = (type: string, action: string, docker?: Docker) => items(type, action, docker)[0]?.text;

describe('what the engine of a host is asked for', () => {
  it.each<[string, string, Docker, string]>([
    [
      'network',
      'create',
      { name: 'shop_default', attributes: { type: 'bridge' } },
      'network shop_default (bridge) created',
    ],
    ['volume', 'create', { id: 'shop_orders', attributes: { driver: 'local' } }, 'volume shop_orders (local) created'],
    ['volume', 'destroy', { id: 'shop_orders', attributes: { driver: 'local' } }, 'volume shop_orders (local) removed'],
    ['plugin', 'enable', { name: 'vieux/sshfs:latest' }, 'plugin vieux/sshfs:latest enabled'],
    ['secret', 'create', { name: 'token' }, 'secret token created'],
    ['daemon', 'reload', { name: 'anchor' }, 'its engine reloaded'],
    ['image', 'prune', {}, 'unused images pruned'],
    ['container', 'prune', {}, 'unused containers pruned'],
  ])('%s %s is said in words', (type, action, docker, expected) => {
    expect(text(type, action, docker)).toBe(expected);
  });

  it('is another thing by driver and name', () => {
    const keys = [
      items('network', 'create', { name: 'a', attributes: { type: 'bridge' } }),
      items('network', 'create', { name: 'a', attributes: { type: 'macvlan' } }),
      items('network', 'create', { name: 'b', attributes: { type: 'bridge' } }),
      items('network', 'destroy', { name: 'a', attributes: { type: 'bridge' } }),
    ].map(([item]) => item?.key);
    expect(new Set(keys).size).toBe(4);
  });

  it('is one where names differ from run to run', () => {
    const volume = (id: string) => items('volume', 'create', { id, attributes: { driver: 'local' } })[0]?.key;
    expect(volume('3f'.repeat(32))).toBe(volume('a0'.repeat(32)));
    const network = (name: string) => items('network', 'create', { name })[0]?.key;
    expect(network('job-41_default')).toBe(network('job-42_default'));
  });

  it('folds by the name of a network or volume alone', () => {
    const free = (type: string, docker: Docker) =>
      items(type, 'create', docker)[0]?.pieces?.flatMap((piece) => (piece.free === true ? [piece.text] : []));
    expect(free('network', { name: 'shop', attributes: { type: 'bridge' } })).toEqual(['shop']);
    expect(free('plugin', { name: 'vieux/sshfs' })).toEqual([]);
    expect(free('secret', { name: 'token' })).toEqual([]);
  });

  it.each([
    ['network', 'connect'],
    ['volume', 'mount'],
    ['container', 'create'],
    ['image', 'pull'],
    ['constructor', 'create'],
    ['network', 'constructor'],
  ])('leaves out %s %s', (type, action) => {
    expect(items(type, action)).toEqual([]);
  });

  it('leaves out what the collector found by looking', () => {
    const seen = engineEvent(['daemon', 'reload'], 1);
    expect(hostActions.learns({ ...seen, event: { source: 'inspect', action: 'reload' } }, {})).toEqual([]);
  });
});
