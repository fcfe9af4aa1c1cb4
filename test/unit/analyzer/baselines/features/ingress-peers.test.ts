import { describe, expect, it } from 'vitest';
import { ingressPeers } from '../../../../../analyzer/baselines/features/ingress-peers.ts';
import type { EndpointFacts, WorkloadRef } from '../../../../../shared/observation.ts';
import { egress, snapshot } from '../../../../support/analyzer/observations.ts';
import { createPlay, told } from '../../../../support/analyzer/play.ts';
import { ingress } from '../../../../support/analyzer/procfs-observations.ts';

const to = { ip: '172.18.0.2', port: 5432, scope: 'private' };
const web = { id: 'workload of web', name: 'shop/web' };
const learns = (from: Partial<EndpointFacts>, sibling?: WorkloadRef, port = to.port) =>
  ingressPeers.learns(
    ingress('c1', 1, { from: { ip: '172.18.0.3', port: 40_000, scope: 'private', ...from }, to: { ...to, port } }),
    sibling === undefined ? {} : { sibling },
  )[0];

describe('ingress peers', () => {
  it('are neighbours by workload, so that a recreated one is nothing new', () => {
    const one = learns({ container_id: 'a' }, web);
    expect(one?.key).toBe(learns({ ip: '172.18.0.9', port: 50_000, container_id: 'b' }, web)?.key);
    expect(one?.text).toBe('workload shop/web on port 5432/tcp');
    expect(one?.key).not.toBe(learns({ container_id: 'a' }, { id: 'other', name: 'shop/web' })?.key);
  });

  it('are everybody else by the kind of address, so that clients without number are one', () => {
    const client = (ip: string) => learns({ ip, scope: 'public' });
    expect(client('192.0.2.1')?.key).toBe(client('203.0.113.9')?.key);
    const kinds = [client('192.0.2.1'), learns({}), learns({ is_host: true }), learns({ scope: 'link-local' })];
    expect(kinds.map((item) => item?.text)).toEqual([
      'the internet on port 5432/tcp',
      'a private network on port 5432/tcp',
      'the host on port 5432/tcp',
      'a link-local address on port 5432/tcp',
    ]);
    expect(new Set(kinds.map((item) => item?.key)).size).toBe(kinds.length);
  });

  it('are another item on another port', () => {
    expect(learns({}, web)?.key).not.toBe(learns({}, web, 22)?.key);
  });

  it('leave out itself, a container that nothing is known of yet, and what goes out', () => {
    expect(learns({ ip: '127.0.0.1', scope: 'loopback' })).toBeUndefined();
    expect(learns({ container_id: 'unknown' })).toBeUndefined();
    expect(ingressPeers.learns(egress('c1', 1, { ip: '192.0.2.1', port: 443 }), {})).toEqual([]);
  });

  it('are known to the stage by the workload of the container that connected', () => {
    const play = createPlay();
    const db = { repository: 'docker.io/library/postgres', name: 'db', age: 100 };
    const from = (id: string) => ({ ip: '172.18.0.3', port: 40_000, scope: 'private', container_id: id });
    play.batch([...snapshot('w1', 1, { name: 'web' }), ...snapshot('x1', 1, { name: 'x', repository: 'r.example/x' })]);
    for (let at = 2; at <= 8; at += 1) play.batch([ingress('db1', at, { from: from('w1'), to }, db)]);
    expect(told(play.batch([ingress('db1', 20, { from: from('x1'), to }, db)]))).toEqual(['NET-06']);
    expect(told(play.batch([ingress('db1', 21, { from: from('w1'), to }, db)]))).toEqual([]);
  });
});
