import { describe, expect, it } from 'vitest';
import { absenceGap } from '../../../../collector/engine/absence.ts';
import { parseEvent } from '../../../../collector/engine/event.ts';
import { createHandled } from '../../../../collector/engine/handled.ts';
import { createInbox } from '../../../../collector/engine/inbox.ts';
import { createKeyedLimiter, createLimiter } from '../../../../collector/engine/limiter.ts';
import { linesOf } from '../../../../collector/engine/lines.ts';
import { createLosses } from '../../../../collector/engine/losses.ts';
import { createReplayCheck, sinceOf } from '../../../../collector/engine/replay.ts';
import { MalformedError } from '../../../../shared/errors.ts';

const line = (action: string, extra = ''): string =>
  `{"Type":"container","Action":${JSON.stringify(action)},"Actor":{"ID":"abc","Attributes":{"name":"web"${extra}}},"scope":"local","time":1795521600,"timeNano":1795521600123456789}`;

describe('an event', () => {
  it('keeps its nanoseconds, which a number would round', () => {
    expect(parseEvent(line('start'))).toMatchObject({ nano: '1795521600123456789', at: 1795521600123 });
  });

  it.each([
    ['exec_create: sh -c id: root', 'exec_create', 'sh -c id: root'],
    ['health_status: healthy', 'health_status', 'healthy'],
    ['exec_start: printf a\nb', 'exec_start', 'printf a\nb'],
    ['die', 'die', ''],
  ])('%j is a verb and what follows', (said, action, text) => {
    expect(parseEvent(line(said))).toMatchObject({ action, text });
  });

  // As podman 4.3 sent them.
  it.each([
    ['container', 'exec', 'exec_start'],
    ['container', 'exec_died', 'exec_die'],
    ['container', 'remove', 'destroy'],
    ['volume', 'remove', 'destroy'],
    ['plugin', 'remove', 'remove'],
    ['image', 'remove', 'remove'],
    ['container', 'constructor', 'constructor'],
    ['constructor', 'name', 'name'],
  ])('of Podman: %s %s is %s', (type, said, action) => {
    const sent = `{"status":"${said}","id":"0c52","from":"localhost/lab/bb:1","Type":"${type}","Action":"${said}","Actor":{"ID":"0c52","Attributes":{"containerExitCode":"0","image":"localhost/lab/bb:1","name":"plain","podId":""}},"scope":"local","time":1796009194,"timeNano":1796009194500258128}`;
    expect(parseEvent(sent)).toMatchObject({ type, action, text: '', actor: '0c52', nano: '1796009194500258128' });
  });

  it('of Podman and a volume has a name and no id', () => {
    const sent = (type: string): string =>
      `{"status":"remove","id":"","from":"","Type":"${type}","Action":"remove","Actor":{"ID":"","Attributes":{"containerExitCode":"0","image":"","name":"v2","podId":""}},"scope":"local","time":1796009198,"timeNano":1796009198435826099}`;
    expect(parseEvent(sent('volume'))).toMatchObject({ action: 'destroy', actor: 'v2' });
    expect(parseEvent(sent('image')).actor).toBe('v2');
    // A label may be called `name`: only of what has none, a volume or an image, it is believed.
    expect(parseEvent(sent('container')).actor).toBe('');
  });

  it('takes its own time, not one that a label spells', () => {
    for (const label of ['"x":"\\"timeNano\\":1"', '"timeNano":"1"'])
      expect(parseEvent(line('start', `,${label}`)).nano).toBe('1795521600123456789');
  });

  it.each(['', 'x', '[]', '{}', '{"Type":"container","Action":"start","Actor":{"ID":"a"}}'])('%j is none', (text) => {
    expect(() => parseEvent(text)).toThrow(MalformedError);
  });
});

describe('lines', () => {
  const collect = async (chunks: readonly (string | Buffer)[]) => {
    const tooLong: number[] = [];
    const lines: string[] = [];
    async function* from() {
      yield* chunks;
    }
    for await (const one of linesOf(from(), (length) => tooLong.push(length))) lines.push(one);
    return { lines, tooLong };
  };

  it('are put together from chunks that end anywhere, also within a letter', async () => {
    const snow = Buffer.from('☃');
    expect(await collect(['a\nb', 'c\n', snow.subarray(0, 1), snow.subarray(1), '\n\n'])).toEqual({
      lines: ['a', 'bc', '☃'],
      tooLong: [],
    });
  });

  it('beyond the cap are given up, and the next one is read', async () => {
    const { lines, tooLong } = await collect(['x'.repeat(5_000_000), 'still x\nnext\n']);
    expect(lines).toEqual(['next']);
    expect(tooLong).toHaveLength(1);
  });
});

describe('the inbox', () => {
  it('hands out in order, refuses when full, ends behind what is in it', async () => {
    const inbox = createInbox<number>(2);
    expect([inbox.put(1), inbox.put(2), inbox.put(3), inbox.full]).toEqual([true, true, false, true]);
    inbox.end(new Error('over'));
    const got: number[] = [];
    const drain = (async () => {
      for await (const item of inbox) got.push(item);
    })();
    await expect(drain).rejects.toThrow('over');
    expect(got).toEqual([1, 2]);
  });

  it('wakes a reader that waits', async () => {
    const inbox = createInbox<number>(2);
    const next = inbox[Symbol.asyncIterator]().next();
    inbox.put(7);
    expect(await next).toEqual({ done: false, value: 7 });
  });
});

describe('limits', () => {
  const gate = () => {
    let open = (): void => undefined;
    const passed = new Promise<void>((resolve) => (open = resolve));
    return { open, passed };
  };

  it('let so many calls run at a time, also after one that fails', async () => {
    const limit = createLimiter(1);
    const first = gate();
    const order: string[] = [];
    const calls = [
      limit(async () => {
        await first.passed;
        order.push('first');
        throw new Error('no');
      }).catch(() => undefined),
      limit(async () => void order.push('second')),
    ];
    await Promise.resolve();
    expect(order).toEqual([]);
    first.open();
    await Promise.all(calls);
    expect(order).toEqual(['first', 'second']);
  });

  it('of one key do not stop another', async () => {
    const limit = createKeyedLimiter(1);
    const stuck = gate();
    const hanging = limit('a', () => stuck.passed);
    const behind = limit('a', async () => 'behind');
    expect(await limit('b', async () => 'free')).toBe('free');
    stuck.open();
    await hanging;
    expect(await behind).toBe('behind');
  });
});

it('losses of one kind are one gap', () => {
  const losses = createLosses();
  losses.add({ at: 5, kind: 'queue-full' });
  losses.add({ at: 3, kind: 'queue-full' });
  losses.add({ at: 9, kind: 'unreadable' });
  expect(losses.take()).toMatchObject([
    { reason: 'queue-full', from: 3, to: 5, lost: 2 },
    { reason: 'sensor-failed', from: 9, to: 9, lost: 1 },
  ]);
  expect(losses.take()).toEqual([]);
});

it.each([
  [{ now: 100_000, lastBeat: 95_000, lostAt: undefined }, undefined],
  [{ now: 100_000, lastBeat: 50_000, lostAt: undefined }, 'collector-stopped'],
  [{ now: 100_000, lastBeat: undefined, lostAt: 50_000 }, 'engine-unreachable'],
  [{ now: 100_000, lastBeat: undefined, lostAt: undefined }, undefined],
])('an absence %j is %s', (absence, reason) => {
  expect(absenceGap(absence)?.reason).toBe(reason);
});

describe('what was handled', () => {
  const event = (nano: string, exec = '') => ({ ...parseEvent(line('exec_start', `,"execID":"${exec}"`)), nano });

  it('is told by identity, over a restart for what is near the newest', () => {
    const handled = createHandled(undefined);
    expect(handled.cursor()).toBeUndefined();
    handled.add(event('1000000000', 'old'));
    handled.add(event('1100000002', 'a'));
    handled.add(event('1100000001', 'b'));
    const cursor = handled.cursor();
    expect(cursor).toMatchObject({ nano: '1100000002', event: true });
    const again = createHandled(cursor);
    expect(again.has(event('1100000001', 'b'))).toBe(true);
    expect(again.has(event('1100000001', 'c'))).toBe(false);
    expect(cursor?.recent).toHaveLength(2);
  });

  it('stays bounded', () => {
    const handled = createHandled(undefined);
    for (let index = 0; index < 5_000; index += 1) handled.add(event(String(1_000_000_000 + index), String(index)));
    expect(handled.cursor()?.recent?.length).toBeLessThanOrEqual(256);
    expect(handled.has(event('1000000000', '0'))).toBe(false);
    expect(handled.has(event('1000004999', '4999'))).toBe(true);
  });
});

describe('the check of a replay', () => {
  const cursor = { nano: '5000000000000', event: true };
  const event = (ms: number) => ({ ...parseEvent(line('start')), nano: `${ms}000000`, at: ms });

  it('is content when the last event comes again', async () => {
    const check = createReplayCheck(cursor, () => 9_000_000);
    expect(check.since).toBe('4999.950000000');
    check.event(event(5_000_000));
    expect(await check.verdict).toBeUndefined();
  });

  it('finds nothing missing where there was no event', async () => {
    expect(await createReplayCheck(undefined, () => 0).verdict).toBeUndefined();
    const check = createReplayCheck({ nano: '5000000000000', event: false }, () => 0);
    expect([check.since, await check.verdict]).toEqual(['5000.000000000', undefined]);
  });

  it('tells a memory that was overrun from one that was lost', async () => {
    const overrun = createReplayCheck(cursor, () => 9_000_000);
    for (let index = 0; index < 256; index += 1) overrun.event(event(6_000_000 + index));
    overrun.settle();
    expect(await overrun.verdict).toMatchObject({ reason: 'events-evicted', from: 5_000_000, to: 6_000_000 });
    const lost = createReplayCheck(cursor, () => 9_000_000);
    lost.event(event(7_000_000));
    lost.settle();
    expect(await lost.verdict).toMatchObject({ reason: 'engine-restarted', from: 5_000_000, to: 7_000_000 });
  });

  it('says nothing of a connection that brought nothing', async () => {
    const check = createReplayCheck(cursor, () => 9_000_000);
    check.giveUp();
    expect(await check.verdict).toBeUndefined();
  });
});

it.each([
  [1795521600123456789n, '1795521600.123456789'],
  [5n, '0.000000005'],
  [-1n, '0.000000000'],
])('since %s is %s', (nano, since) => {
  expect(sinceOf(nano)).toBe(since);
});
