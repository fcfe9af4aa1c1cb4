import { describe, expect, it } from 'vitest';
import { createAuth, type Scope } from '../../../../alerting/feed/auth.ts';
import { createBuckets } from '../../../../alerting/feed/buckets.ts';
import { decodeCursor, encodeCursor, reaches } from '../../../../alerting/feed/cursor.ts';
import { createGuard } from '../../../../alerting/feed/guard.ts';
import { createIncidentModel } from '../../../../alerting/feed/incident-model.ts';
import { update } from '../updates.ts';

describe('the cursor', () => {
  it('names a place in every partition', () => {
    const position = new Map([
      [0, 12],
      [3, 7_000_000],
    ]);
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
    expect(encodeCursor(position)).toMatch(/^[\w-]+$/);
  });

  it.each([
    '',
    '!',
    'bm8',
    ...['null', '[1]', '{"a":1}', '{"0":-1}', '{"0":"1"}', '{"0":1.5}'].map((text) =>
      Buffer.from(text).toString('base64url'),
    ),
  ])('refuses %j', (text) => expect(decodeCursor(text)).toBeUndefined());

  it('reaches another when it lies nowhere before it', () => {
    expect(reaches(new Map([[0, 5]]), new Map([[0, 5]]))).toBe(true);
    expect(reaches(new Map([[0, 9]]), new Map([[1, 1]]))).toBe(false);
    expect(reaches(new Map(), new Map())).toBe(true);
  });
});

describe('the guard', () => {
  const guard = createGuard({ allowedHosts: ['Watch.Example'], allowedOrigins: ['https://soc.example'] });
  const asked = (host: string | undefined, origin?: string, localAddress = '127.0.0.1') =>
    guard({ host, origin, localAddress })?.code;

  it.each(['localhost:7373', '127.0.0.1', '[::1]:7373', 'watch.example', 'LOCALHOST'])('serves host %s', (host) => {
    expect(asked(host)).toBeUndefined();
  });
  it('serves the address that was connected to', () => {
    expect(asked('10.0.0.5:7373', undefined, '::ffff:10.0.0.5')).toBeUndefined();
    expect(asked('[fd00::1]:7373', undefined, 'fd00::1')).toBeUndefined();
  });
  it.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example:80',
    '10.0.0.5',
    '',
    undefined,
    'a b',
    'localhost@evil',
  ])('refuses host %s', (host) => expect(asked(host)).toBe('unknown-host'));
  it('knows its own pages and those that were named', () => {
    expect(asked('localhost:7373', 'http://localhost:7373')).toBeUndefined();
    expect(asked('localhost:7373', 'https://soc.example')).toBeUndefined();
    for (const origin of ['http://localhost:8080', 'null', 'https://soc.example.evil', 'https://evil.example']) {
      expect(asked('localhost:7373', origin)).toBe('unknown-origin');
    }
  });
});

describe('authentication', () => {
  const token = 'right-token-right-token-right-token';
  const screenToken = 'other-token-other-token-other-token';
  const setUp = () => {
    let now = 0;
    const clock = () => now;
    const tokens = [
      { name: 'owner', role: 'administer', token },
      { name: 'screen', role: 'read', token: screenToken },
    ] as const;
    const auth = createAuth({ tokens, failures: createBuckets({ clock, burst: 3, everyMs: 1_000 }), clock });
    const ask = (authorization?: string, more: { ticket?: string; address?: string } = {}) => {
      const answer = auth.authenticate({ authorization, address: 'a', ...more }, 'read');
      return 'status' in answer ? answer.status : 'in';
    };
    return {
      auth,
      ask,
      wait: (ms: number) => {
        now += ms;
      },
    };
  };

  it('takes the token as a bearer, and nothing else', () => {
    const { ask } = setUp();
    expect(ask(`Bearer ${token}`)).toBe('in');
    expect(ask(`bearer ${token}`)).toBe('in');
    expect(ask(token)).toBe(401);
    expect(ask(`Basic ${token}`)).toBe(401);
    expect(ask(undefined)).toBe(401);
  });

  it('knows each token by its name, and what it may do', () => {
    const { auth } = setUp();
    const ask = (scope: Scope) => auth.authenticate({ authorization: `Bearer ${screenToken}`, address: 'a' }, scope);
    expect(ask('read')).toMatchObject({ name: 'screen', role: 'read' });
    expect([ask('acknowledge'), ask('administer')]).toMatchObject([{ status: 403 }, { status: 403 }]);
  });

  it('limits failures per address, but never locks the right token out', () => {
    const { ask, wait } = setUp();
    expect([1, 2, 3, 4].map(() => ask('Bearer wrong'))).toEqual([401, 401, 401, 429]);
    expect(ask('Bearer wrong', { address: 'b' })).toBe(401);
    expect(ask(`Bearer ${token}`)).toBe('in');
    wait(1_000);
    expect([1, 2].map(() => ask('Bearer wrong'))).toEqual([401, 429]);
  });

  it('redeems a ticket once, and not for long', () => {
    const { ask, auth, wait } = setUp();
    const principal = { name: 'x', role: 'read' as const, scopes: new Set(['read'] as const) };
    const { ticket } = auth.issueTicket(principal);
    expect([ask(undefined, { ticket }), ask(undefined, { ticket })]).toEqual(['in', 401]);
    const late = auth.issueTicket(principal);
    wait(late.expiresInMs);
    expect(ask(undefined, { ticket: late.ticket })).toBe(401);
  });
});

describe('the incident model', () => {
  it('keeps the newest version and lists the newest change first', () => {
    const model = createIncidentModel();
    for (const { incident } of [
      update(1),
      update(2),
      update(1, { version: 3, updatedAt: 9_000, status: 'closed' }),
      update(1, { version: 2 }),
    ]) {
      model.apply(incident, 100);
    }
    expect(model.list({ limit: 10 }).incidents.map(({ id, version }) => [id, version])).toEqual([
      ['incident-1', 3],
      ['incident-2', 1],
    ]);
    expect(model.list({ limit: 10, status: 'open' }).total).toBe(1);
    expect(model.list({ limit: 1, since: 0 })).toMatchObject({ total: 2, incidents: [{ id: 'incident-1' }] });
    expect(model.list({ limit: 10, since: 9_001 }).total).toBe(0);
  });

  it('is bounded in number and bytes; closed ones leave first', () => {
    const model = createIncidentModel({ incidents: 3, bytes: 1_000 });
    model.apply(update(1).incident, 10);
    model.apply(update(2, { status: 'closed' }).incident, 10);
    model.apply(update(3).incident, 10);
    model.apply(update(4).incident, 10);
    expect(model.get('incident-2')).toBeUndefined();
    model.apply(update(5).incident, 990);
    expect(model.list({ limit: 9 }).incidents.map(({ id }) => id)).toEqual(['incident-5', 'incident-4']);
    expect(model.count('open')).toBe(2);
  });
});
