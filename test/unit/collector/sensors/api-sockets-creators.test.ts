import { describe, expect, it } from 'vitest';
import {
  type ApiConnection,
  type ConnectionSource,
  createCreators,
  creatorOf,
  type ReachingExec,
} from '../../../../collector/sensors/api-sockets-creators.ts';

const client = (container_id: string) => ({ container_id, name: container_id, image: 'i' });
/** Open from 1,000, seen from 1,100. */
const connection = (more: Partial<ApiConnection> & { readonly id?: string } = {}): ApiConnection => {
  const { id = 'a', ...rest } = more;
  return { client: client(id), before: 1_000, first: 1_100, last: 2_000, ...rest };
};
const exec = (at: number, id = 'a'): ReachingExec => ({ container: id, client: client(id), at });
const request = { container: 'new', at: 2_000 };
const who = (connections: readonly ApiConnection[], execs: readonly ReachingExec[] = [], asked = request) =>
  creatorOf(asked, { connections, execs });

describe('who asked the engine', () => {
  it('is observed by a connection that had just begun and stood open', () => {
    expect(who([connection()])).toEqual({ ...client('a'), certainty: 'observed', by: 'connection' });
    expect(who([connection({ until: 2_001 })])?.certainty).toBe('observed');
    expect(who([connection({ first: 2_050, last: 2_050, before: 1_950 })])?.certainty).toBe('observed');
  });

  it.each([
    ['it is old, as a proxy’s that listens to events', [connection({ before: -4_000, first: -3_900 })]],
    ['it was over', [connection({ until: 1_900 })]],
    ['two containers have one', [connection(), connection({ id: 'b' })]],
    ['it was there in the first look, whenever it began', [connection({ before: -9_000_000, first: 1_999 })]],
  ])('is possible only: %s', (_, connections) => {
    expect(who(connections)).toMatchObject({ certainty: 'possible', by: 'connection' });
  });

  it.each([
    ['it began later', [connection({ before: 2_000, first: 2_100 })]],
    ['it was over for long', [connection({ before: -9_000, first: -8_900, until: -3_001 })]],
  ])('is not known: %s', (_, connections) => {
    expect(who(connections)).toBeUndefined();
  });

  it('is possible by an exec that had just begun, not by the one that is asked about, nor by an older one', () => {
    expect(who([], [exec(1_500)])).toEqual({ ...client('a'), certainty: 'possible', by: 'exec' });
    expect(who([], [exec(1_500, 'b'), exec(1_600, 'a'), exec(1_400, 'c')])?.container_id).toBe('a');
    expect(who([], [exec(-3_001)])).toBeUndefined();
    expect(who([], [exec(2_001)])).toBeUndefined();
    expect(who([], [exec(1_500)], { container: 'a', at: 2_000 })).toBeUndefined();
  });

  it('is rather where something just began than where a connection stands open all day', () => {
    const old = connection({ id: 'proxy', before: -9_000, first: -8_900 });
    expect(who([old], [exec(1_500)])).toMatchObject({ container_id: 'a', by: 'exec' });
    expect(who([old])?.container_id).toBe('proxy');
    expect(who([connection({ until: 1_900, id: 'b' })], [exec(1_500)])).toMatchObject({ container_id: 'b' });
  });
});

describe('the memory of it', () => {
  it('hears only of containers that can reach an API', () => {
    const creators = createCreators({ reaches: (id) => id === 'a' });
    creators.started(exec(1_900, 'b'));
    expect(creators.of(request)).toBeUndefined();
    creators.started(exec(1_800, 'a'));
    expect(creators.of(request)).toMatchObject({ container_id: 'a' });
    creators.started(exec(20_000, 'a'));
    expect(creators.of(request)).toBeUndefined();
  });

  it('has the source look when it is asked, and says through whom something was asked for', () => {
    const calls: string[] = [];
    const found: ApiConnection[] = [];
    const source: ConnectionSource = {
      look: () => {
        calls.push('look');
        found.push(connection());
      },
      connections: () => found,
      isClient: () => true,
      asked: (id) => void calls.push(id),
    };
    const creators = createCreators({ reaches: () => true });
    const detach = creators.attach(source);
    expect(creators.of(request)?.certainty).toBe('observed');
    expect(calls).toEqual(['look', 'a']);
    detach();
    expect(creators.of(request)).toBeUndefined();
    expect(calls).toHaveLength(2);
  });
});
