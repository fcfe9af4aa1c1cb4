import { Subject, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { FeedItem } from '../../../../collector/engine/feed.ts';
import type { KnownContainer } from '../../../../collector/engine/inventory.ts';
import { stopFacts } from '../../../../collector/sensors/stops/window.ts';
import { createStopsSensor } from '../../../../collector/sensors/stops.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { known } from '../../../support/collector/known.ts';

const nobody = { ids: new Set<string>(), names: new Set<string>() };
const stopped = (count: number, project = '', from = 'c') =>
  Array.from({ length: count }, (_, index) => ({ id: `${from}${index}`, name: `${from}${index}`, project, at: 1_000 }));

describe('what was stopped together', () => {
  test.each([
    ['five alone', stopped(5), { count: 5, outside: 5, projects: 0 }],
    ['four', stopped(4), undefined],
    ['a project, however large (B24)', stopped(12, 'shop'), undefined],
    ['a project and two more', [...stopped(12, 'shop'), ...stopped(2, '', 'd')], undefined],
    [
      'a project and three more',
      [...stopped(3, 'shop'), ...stopped(3, '', 'd')],
      { count: 6, outside: 3, projects: 1 },
    ],
    [
      'three projects',
      ['a', 'b', 'c'].flatMap((name) => stopped(2, name, name)),
      { count: 6, outside: 4, projects: 3 },
    ],
  ])('%s', (_what, list, facts) => {
    const found = stopFacts(list, 2_000, nobody);
    if (facts === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(facts);
  });

  it('is not what runs again, by id or by name, nor what is long over', () => {
    expect(stopFacts(stopped(5), 2_000, { ...nobody, ids: new Set(['c1']) })).toBeUndefined();
    expect(stopFacts(stopped(5), 2_000, { ...nobody, names: new Set(['c1']) })).toBeUndefined();
    expect(stopFacts(stopped(5), 61_000, nobody)).toBeUndefined();
  });
});

describe('the sensor', () => {
  let feed$: Subject<FeedItem>;
  let seen: Observation[];
  let alive: KnownContainer[];
  let engine: { version(): Promise<object> } | undefined;
  let subscription: Subscription;
  const host = { id: 'HOST', name: 'anchor' };

  beforeEach(() => {
    vi.useFakeTimers();
    feed$ = new Subject();
    seen = [];
    alive = [known('bystander')];
    engine = { version: () => Promise.resolve({}) };
    const sensor = createStopsSensor({ feed$, containers: () => alive, engine: () => engine });
    subscription = sensor.observe().subscribe((observation) => seen.push(observation));
  });
  afterEach(() => {
    subscription.unsubscribe();
    vi.useRealTimers();
  });

  const tell = (action: string, actor: string, at: number, before?: KnownContainer): void => {
    const event = { type: 'container', action, text: '', actor, attributes: {}, scope: 'local', nano: `${at}`, at };
    feed$.next({ kind: 'event', host, prepared: { event, passwd: null }, known: known(actor), before });
  };
  const end = (actor: string, at: number): void => {
    tell('kill', actor, at);
    tell('die', actor, at + 100);
  };
  const endAll = (count: number, at = 1_000) => Array.from({ length: count }, (_, n) => end(`c${n}`, at));

  it('tells it once, a moment later', async () => {
    endAll(7);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toMatchObject([{ kind: 'daemon', event: { action: 'mass_stop' }, host, stops: { count: 7 } }]);
  });

  it('tells another time when it was over in between', async () => {
    endAll(5);
    await vi.advanceTimersByTimeAsync(5_000);
    end('later', 200_000);
    await vi.advanceTimersByTimeAsync(5_000);
    Array.from({ length: 5 }, (_, n) => end(`d${n}`, 300_000));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toHaveLength(2);
  });

  it('does not tell of an engine that stops itself', async () => {
    endAll(7);
    engine = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
  });

  it('does not tell of one that still ends its containers and answers nobody', async () => {
    engine = { version: () => Promise.reject(new Error('refused')) };
    endAll(7);
    await vi.advanceTimersByTimeAsync(5_000);
    engine = { version: () => new Promise(() => undefined) };
    end('c8', 2_000);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(seen).toEqual([]);
  });

  it('does not tell of one that is back before it says what it forgot', async () => {
    endAll(7);
    engine = { version: () => Promise.resolve({}) };
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
  });

  it('does not tell of an engine that is back already', async () => {
    endAll(7);
    const gap = { from: 1_000, to: 3_000, reason: 'engine-restarted', scope: ['events'], text: '' } as const;
    feed$.next({ kind: 'gap', host, gap });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
  });

  it('does not tell of restarts, nor of containers that end by themselves', async () => {
    alive = Array.from({ length: 7 }, (_, n) => known(`c${n}`));
    endAll(7);
    Array.from({ length: 7 }, (_, n) => tell('die', `job${n}`, 2_000));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
  });

  it('does not tell of updates, in which the old one makes way by another name', async () => {
    alive = Array.from({ length: 7 }, (_, n) => known(`new${n}`)).map((one, n) => ({ ...one, name: `web${n}` }));
    for (let n = 0; n < 7; n += 1) tell('rename', `c${n}`, 900, { ...known(`c${n}`), name: `web${n}` });
    endAll(7);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
    for (let n = 0; n < 7; n += 1) tell('rename', `d${n}`, 100_900, { ...known(`d${n}`), name: `gone${n}` });
    Array.from({ length: 7 }, (_, n) => end(`d${n}`, 101_000));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toHaveLength(1);
  });

  it('waits longer when all are told to end: it may be the engine that takes its time', async () => {
    alive = [known('slow')];
    tell('kill', 'slow', 1_000);
    endAll(7);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(seen).toEqual([]);
    engine = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
    engine = { version: () => Promise.resolve({}) };
    Array.from({ length: 5 }, (_, n) => end(`d${n}`, 300_000));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(seen).toHaveLength(1);
  });
});
