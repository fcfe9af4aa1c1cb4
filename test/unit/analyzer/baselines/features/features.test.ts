import { describe, expect, it } from 'vitest';
import { egressDestinations } from '../../../../../analyzer/baselines/features/egress-destinations.ts';
import { execCommands } from '../../../../../analyzer/baselines/features/exec-commands.ts';
import { features } from '../../../../../analyzer/baselines/features/index.ts';
import { egress, exec, lifecycle } from '../../../../support/analyzer/observations.ts';

describe('every feature', () => {
  it.each(features.map((feature) => [feature.name, feature] as const))(
    '%s keeps the contract of its door',
    (name, feature) => {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(feature.rule.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      // What replicas do alone may be anything.
      expect(feature.rule.catalogue.length > 0).toBe(feature.compares !== true);
      expect(feature.learns(lifecycle('c1', 1, 'start'), {})).toEqual([]);
    },
  );

  it('has a name and a rule of its own', () => {
    expect(new Set(features.map(({ name }) => name)).size).toBe(features.length);
    expect(new Set(features.map(({ rule }) => rule.id)).size).toBe(features.length);
  });
});

describe('exec commands', () => {
  const learns = (...args: Parameters<typeof exec>) => execCommands.learns(exec(...args), {})[0];

  it('are one item whatever changes from run to run', () => {
    expect(learns('c1', 1, ['kill', '-9', '311'])?.key).toBe(learns('c1', 2, ['kill', '-9', '47'])?.key);
  });

  it('are another item for another user, command or splitting into arguments', () => {
    const keys = [
      learns('c1', 1, ['cat', '/etc/passwd']),
      learns('c1', 1, ['cat', '/etc/passwd'], { user: 'root' }),
      learns('c1', 1, ['cat', '/etc/shadow']),
      learns('c1', 1, ['cat /etc/passwd']),
    ].map((item) => item?.key);
    expect(new Set(keys).size).toBe(4);
  });

  it('leave out health checks and everything but the start', () => {
    expect(learns('c1', 1, ['curl', 'localhost'], { healthcheck: true })).toBeUndefined();
    const start = exec('c1', 1, ['ls']);
    expect(execCommands.learns({ ...start, event: { ...start.event, action: 'exec_create' } }, {})).toEqual([]);
  });
});

describe('egress destinations', () => {
  const learns = (destination: Parameters<typeof egress>[2], sibling?: { id: string; name: string }) =>
    egressDestinations.learns(egress('c1', 1, destination), sibling === undefined ? {} : { sibling })[0];

  it('are known by domain first, so that another address of the same name is nothing new', () => {
    const one = learns({ ip: '192.0.2.1', port: 443, domain: 'API.example.com.' });
    expect(one?.key).toBe(learns({ ip: '192.0.2.2', port: 443, domain: 'api.example.com' })?.key);
    expect(one?.text).toBe('api.example.com port 443/tcp');
  });

  it('are known by workload next, so that a recreated neighbour is nothing new', () => {
    const db = { id: 'workload of postgres', name: 'shop/db' };
    expect(learns({ ip: '172.18.0.3', port: 5432 }, db)?.key).toBe(learns({ ip: '172.18.0.9', port: 5432 }, db)?.key);
  });

  it('are known by address last, and another port is another destination', () => {
    expect(learns({ ip: '192.0.2.1', port: 443 })?.key).not.toBe(learns({ ip: '192.0.2.2', port: 443 })?.key);
    expect(learns({ ip: '192.0.2.1', port: 443 })?.key).not.toBe(learns({ ip: '192.0.2.1', port: 80 })?.key);
  });

  it.each([
    { ip: '127.0.0.1', port: 80 },
    { ip: '::1', port: 80 },
    { ip: '10.0.0.1', port: 80, scope: 'loopback' },
  ])('leave out loopback: %o', (destination) => {
    expect(learns(destination)).toBeUndefined();
  });

  it('leave out what comes in', () => {
    const observation = egress('c1', 1, { ip: '192.0.2.1', port: 443 });
    expect(egressDestinations.learns({ ...observation, network: { direction: 'ingress' } }, {})).toEqual([]);
  });
});
