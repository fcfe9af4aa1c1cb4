import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readLetters, retriedMark } from '../../alerting/feed/dead-letters.ts';
import { startFeed } from '../../alerting/feed/server.ts';
import { type Backoff, defaultBackoff } from '../../alerting/sinks/backoff.ts';
import { type RunningSink, runSink } from '../../alerting/sinks/run.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { createNotices } from '../../shared/bus/notices.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { incidentRecord, update } from '../unit/alerting/updates.ts';
import { openSqliteUnderTest } from './bus/sqlite.ts';
import { eventually } from './eventually.ts';
import { connectFeed } from './feed-client.ts';
import type { SinkWorld } from './sink-compliance.ts';
import { createTally, type Tally } from './sink-tally.ts';

/** A world whose receiver can be made worse than away. */
export interface ChaosWorld extends SinkWorld {
  /** The receiver takes and gives one byte a second. */
  slow?(): Promise<void>;
  /** A sink to the same receiver as the next process would make it. Absent: the same one goes on. */
  afresh?(): Sink;
  /** How often the sink may have repeated by itself what was in doubt (syslog: with each connection). Absent: never. */
  repeats?(): number;
}

export interface ChaosOptions {
  /** Troubles that this kind of receiver does not make: `refusing`, `slow`. */
  readonly without?: readonly string[];
  /** Troubles that are shorter than its client waits by itself: then no attempt fails, but each is held up. */
  readonly patientIn?: readonly string[];
  /** Troubles that nothing tells it of: TCP takes what a slow receiver has not read, and answers for nobody. */
  readonly blindIn?: readonly string[];
  /** Troubles of this kind alone: made, left alone until they were felt, and mended. */
  readonly more?: Readonly<Record<string, (untilFelt: () => Promise<void>) => Promise<void>>>;
  /** Longest that one trouble may take with all that follows, ms. */
  readonly timeoutMs?: number;
}

/** How long, and how fast: real waits for real minutes, or all of it scaled down. */
interface Pace {
  readonly faultMs: number;
  readonly everyMs: number;
  readonly backoff: Backoff;
  readonly settleMs: number;
  /** How long a trouble is left alone beyond its time for the sink to feel it. */
  readonly noticeMs: number;
  /** The longest that a single update may take to another sink and to the feed: what waits for this sink would take as long as its trouble. */
  readonly worstMs: number;
}

const scaled: Pace = {
  faultMs: 3_000,
  everyMs: 25,
  backoff: { firstMs: 20, mostMs: 200 },
  settleMs: 40_000,
  noticeMs: 20_000,
  worstMs: 2_000,
};
const real: Pace = {
  faultMs: 45_000,
  everyMs: 250,
  backoff: defaultBackoff,
  settleMs: 180_000,
  noticeMs: 90_000,
  worstMs: 10_000,
};
/** What may pass until another sink and the feed have 99 of 100 updates, while this one is in trouble. */
const latencyMs = 2_000;
/** 10: each kind is in trouble for ten real minutes, with the waits that are real (`npm run chaos:sinks`). */
const minutes = Number(process.env.CHAOS_MINUTES ?? 0);

/**
 * What a receiver does to a sink, and what may come of it. Each kind of sink runs this with its own receiver.
 */
export function describeSinkChaos(
  kind: string,
  make: () => Promise<ChaosWorld>,
  { without = [], patientIn = [], blindIn = [], more = {}, timeoutMs = 90_000 }: ChaosOptions = {},
): void {
  const own = Object.entries(more).map(([name, make]): [string, Trouble] => [
    name,
    ({ disturb, felt }, { faultMs }) => disturb(() => make(() => felt(faultMs))),
  ]);
  const possible = [...Object.entries(troubles).filter(([name]) => !without.includes(name)), ...own].map(
    ([name, trouble]): [string, Trouble] => [
      name,
      (scene, pace) => trouble(blindIn.includes(name) ? { ...scene, felt: (ms) => wait(ms) } : scene, pace),
    ],
  );
  describe(`the ${kind} sink in trouble`, () => {
    if (minutes > 0)
      it(`for ${minutes} minutes`, { timeout: minutes * 60_000 + real.settleMs + 120_000 }, async () => {
        const until = performance.now() + minutes * 60_000;
        await inScene(make, { pace: real, fails: true }, async (scene) => {
          for (let n = 0; performance.now() < until; n += 1) {
            await possible[n % possible.length]?.[1](scene, real);
            await scene.mend();
            await wait(5_000);
          }
        });
      });
    else
      for (const [name, trouble] of possible)
        it(name, { timeout: timeoutMs }, () =>
          inScene(make, { pace: scaled, fails: ![killed, ...patientIn, ...blindIn].includes(name) }, (scene) =>
            trouble(scene, scaled),
          ),
        );
  });
}

/** Who is killed tells nothing: it is felt because it comes while something is sent. */
const killed = 'killed in the middle of a batch';

type Trouble = (scene: Scene, pace: Pace) => Promise<void>;

const troubles: Readonly<Record<string, Trouble>> = {
  down: async ({ world, disturb, felt }, { faultMs }) => {
    await disturb(() => world.goAway());
    await felt(faultMs);
  },
  slow: async ({ world, disturb, felt }, { faultMs }) => {
    await disturb(() => wanted(world.slow));
    await felt(faultMs);
  },
  refusing: async ({ world, disturb, felt }, { faultMs }) => {
    await disturb(() => wanted(world.refuse));
    await felt(faultMs);
  },
  flapping: async ({ world, sending, disturb, felt }, { faultMs }) => {
    const turns = 6;
    for (let n = 0; n < turns; n += 1) {
      // Every other time in the middle of a request; else wherever it is, which may be between one and what is asked about it.
      if (n % 2 === 0) await sending();
      await disturb(() => world.goAway());
      await felt(faultMs / turns / 2, { orHeldUp: true });
      await world.comeBack();
      await wait(faultMs / turns / 2);
    }
  },
  [killed]: async ({ disturb, kill }, { faultMs }) => {
    for (let n = 0; n < 3; n += 1) {
      await disturb(kill);
      await wait(faultMs / 3);
    }
  },
};

function wanted(make: (() => Promise<void>) | undefined): Promise<void> {
  if (make === undefined) throw new Error('this world cannot do that: name it in `without`');
  return make();
}

interface Scene {
  readonly world: ChaosWorld;
  /** Does something to it, and counts that. */
  disturb(how: () => Promise<unknown>): Promise<void>;
  /**
   * Leaves the last disturbance alone for so many milliseconds, and on until the sink felt it: since then an attempt failed, or, where its
   * client may wait it through, one is under way that cannot end.
   * @throws Error when it feels nothing
   */
  felt(ms: number, how?: { readonly orHeldUp: boolean }): Promise<void>;
  /** Resolves when the sink begins to send something. */
  sending(): Promise<void>;
  /** The process of the sink dies as it sends, and another one begins. */
  kill(): Promise<void>;
  mend(): Promise<void>;
}

/** Lets updates flow to the sink, to another one and to the feed, has trouble made, mends it, and looks what came of it. */
async function inScene(
  make: () => Promise<ChaosWorld>,
  { pace, fails }: { pace: Pace; fails: boolean },
  trouble: (scene: Scene) => Promise<void>,
) {
  const world = await make();
  const log = await openSqliteUnderTest();
  const topics = topicSpecs({ partitions: 2, retention: { ms: 3_600_000, bytes: 1_000_000_000 } });
  const { bus } = await log.open({ topics, instance: 'others' });
  const open = () => log.open({ topics, instance: 'victim' });
  const { name } = world.sink;
  const tally = createTally();
  let victim = await open();
  let { sink } = world;
  let running = run(victim.bus, tally.counting(sink), pace.backoff);
  let disturbances = 0;
  let before = 0;
  const witness = run(bus, tally.witness, pace.backoff);
  const feed = await followFeed(bus, tally);
  const source = startSource(bus, tally, pace.everyMs);
  const mend = () => world.comeBack();

  let missing: readonly string[] = [];
  let state = '';
  const settled = () =>
    eventually(
      async () => {
        await sendLettersAgain(bus, name);
        const have = new Set(await world.received());
        missing = [...tally.appended.keys()].filter((id) => !have.has(id));
        state = `${JSON.stringify(await running.status())}, the oldest attempt under way for ${Math.round(tally.heldUpFor())} ms`;
        return missing.length === 0 || undefined;
      },
      () => {
        const told = missing.slice(0, 20).map((id) => `${id} (sent ${tally.attempts.get(id) ?? 0} times)`);
        return `${missing.length} of ${tally.appended.size} updates never arrived: ${told.join(', ')}; ${state}`;
      },
      pace.settleMs,
    );
  try {
    // All is well at first: what is told of trouble below is of trouble.
    await eventually(async () => (await world.received()).length >= 10 || undefined);
    await trouble({
      world,
      disturb: async (how) => {
        disturbances += 1;
        before = tally.failures();
        await how();
      },
      felt: async (ms, { orHeldUp } = { orHeldUp: !fails }) => {
        await wait(ms);
        // What is under way for half of that time spent it all under the disturbance, or met its beginning.
        const isFelt = () => tally.failures() > before || (orHeldUp && tally.heldUpFor() >= ms / 2);
        await eventually(
          () => isFelt() || undefined,
          () => `the sink felt nothing within ${ms + pace.noticeMs} ms`,
          pace.noticeMs,
        );
      },
      sending: tally.sending,
      kill: async () => {
        await tally.sending();
        const dead = running;
        await victim.crash();
        tally.abandoned();
        await Promise.race([dead.stop().catch(() => undefined), wait(1_000)]);
        // The kernel closes what a dead process had open, and what it had in memory is nobody's.
        if (world.afresh !== undefined) await sink.close?.();
        sink = world.afresh?.() ?? sink;
        victim = await open();
        running = run(victim.bus, tally.counting(sink), pace.backoff);
      },
      mend,
    });
    await source.stop();
    await mend();
    const mended = performance.now();
    await settled();
    const settledMs = performance.now() - mended;
    const copies = countOf(await world.received());
    const repeats = world.repeats?.() ?? 0;
    for (const [id, times] of copies) expect(times).toBeLessThanOrEqual((tally.attempts.get(id) ?? 0) + repeats);
    const late = await tally.latencies();
    console.log(
      summary(name, {
        updates: tally.appended.size,
        copies,
        disturbances,
        failures: tally.failures(),
        settledMs,
        ...late,
      }),
    );
    if (fails) expect(tally.failures()).toBeGreaterThan(0);
    for (const values of [late.feed, late.witness]) {
      expect(p99(values)).toBeLessThan(latencyMs);
      expect(Math.max(...values)).toBeLessThan(pace.worstMs);
    }
    expect([late.feed.length, late.witness.length]).toEqual([tally.appended.size, tally.appended.size]);
  } finally {
    await source.stop();
    await Promise.all([running.stop(), witness.stop(), feed.stop()]);
    await sink.close?.();
    await world.close();
    await log.destroy();
  }
}

function run(bus: Bus, sink: Sink, backoff: Backoff): RunningSink {
  const lag = { name: 'lag', help: '', giveUp: () => undefined };
  const notices = createNotices(noTelemetry, lag);
  // What is closed here would be closed for the sink that goes on after a crash.
  const { close: _, ...open } = sink;
  return runSink({ bus, sink: open, type: 'test', telemetry: noTelemetry, notices, clock: Date.now, backoff });
}

function startSource(bus: Bus, { appended }: Tally, everyMs: number) {
  const stopping = new AbortController();
  const produce = async (): Promise<void> => {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const one = update(n);
      appended.set(one.id, performance.now());
      await bus.append(topic.incidents, [{ ...incidentRecord(one), partition: n % 2 }]);
      await wait(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const done = produce();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function followFeed(bus: Bus, { seen }: Tally) {
  const token = 'a-token-of-sufficient-length-1234567';
  const loopback = { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [] };
  const about = { logName: 'the log', clock: Date.now, version: '1', metrics: async () => '' };
  const feed = await startFeed({ bus, telemetry: noTelemetry, token, ...loopback, ...about });
  const client = connectFeed(feed.url, { headers: { authorization: `Bearer ${token}` } });
  const hello = await client.want(({ type }) => type === 'hello');
  client.say({ type: 'subscribe', id: 'all', after: hello.message.cursor });
  const note = (): void => {
    for (const { message, at } of client.got)
      for (const { data } of message.events ?? (message.data === undefined ? [] : [{ data: message.data }]))
        if (!seen.feed.has(data.id)) seen.feed.set(data.id, at);
  };
  const noting = setInterval(note, 100);
  return {
    stop: async () => {
      clearInterval(noting);
      client.socket.terminate();
      await feed.stop();
    },
  };
}

/** As `sinks retry` does it. */
async function sendLettersAgain(bus: Bus, name: string): Promise<void> {
  const { letters } = await readLetters(bus, name);
  for (const letter of letters) {
    if (letter.again === undefined || letter.retried !== undefined) continue;
    await bus.append(topic.incidents, [letter.again]);
    await bus.append(topic.rejected, [retriedMark(name, letter, { at: Date.now(), by: 'a test' })]);
  }
}

function countOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

const p99 = (values: readonly number[]): number =>
  Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0);

function summary(
  name: string,
  of: {
    updates: number;
    copies: ReadonlyMap<string, number>;
    disturbances: number;
    failures: number;
    settledMs: number;
    feed: number[];
    witness: number[];
  },
): string {
  const twice = [...of.copies.values()].filter((times) => times > 1).length;
  const most = Math.max(...of.copies.values());
  return `${name}: ${of.updates} updates, ${of.disturbances} disturbances, ${of.failures} failed attempts, all there ${Math.round(of.settledMs)} ms after; ${twice} came more than once (at most ${most} times); p99 of the feed ${p99(of.feed)} ms, of another sink ${p99(of.witness)} ms`;
}
