import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { createFixtureEngine } from '../../cli/demo/fixture-engine.ts';
import { type RecordedEvent, readRecording } from '../../cli/demo/recording.ts';
import type { Finding, FindingRecord } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import type { Observation } from '../../shared/observation.ts';
import { eventually } from '../support/eventually.ts';
import { readLog } from '../support/lab-log.ts';
import { type Moorwatch, readObservations, startMoorwatch } from '../support/moorwatch.ts';

/**
 * Kill -9 at random moments of a recorded session (443 events), compared with a run that nobody disturbed. Gaps, ticks, polls and wall
 * times are left out, as are condition ids: a snapshot's id holds what inspect said at its moment.
 */
const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
const startAt = Date.now();
const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly observations: readonly Observation[];
  readonly findings: readonly Finding[];
  readonly incidents: ReadonlyMap<string, IncidentUpdate>;
  readonly emitted: readonly RecordedEvent[];
}

interface Disturbance {
  /** Called before the event of that number is emitted; resolves with the pause before it, ms. */
  before(index: number, running: () => Moorwatch, restart: () => Promise<void>): Promise<number>;
}

async function run({ before }: Disturbance): Promise<Outcome> {
  const stateDir = newDirectory('state');
  const socket = join(newDirectory('engine'), 'engine.sock');
  const start = (): Promise<Moorwatch> =>
    startMoorwatch({
      engine: `unix://${socket}`,
      stateDir,
      config: 'engine:\n  procfs: ""\n  rootfs: ""\n  resyncMs: 3600000\n',
    });
  let index = 0;
  let moorwatch: Moorwatch;
  let restarting: Promise<void> = Promise.resolve();
  const restart = (): Promise<void> => {
    restarting = start().then((started) => {
      moorwatch = started;
    });
    return restarting;
  };
  const engine = createFixtureEngine({
    lines,
    startAt,
    pace: async () => {
      await delay(await before(index, () => moorwatch, restart));
      index += 1;
    },
  });
  await engine.listen(socket);
  moorwatch = await start();
  await moorwatch.ready();
  await engine.play();
  await restarting;
  const last = engine.emitted().at(-1);
  const lastStart = engine.emitted().findLast(({ Action }) => Action.startsWith('exec_start: id'));
  await eventually(
    async () => (await readObservations(stateDir, ({ event }) => event.time_nano === last?.nano))[0],
    () => `the last event did not arrive: ${moorwatch.stderr()}`,
    60_000,
  );
  await eventually(
    async () =>
      (await findingsOf(stateDir)).find(
        ({ rule, at }) => rule.catalogue.includes('EXE-01') && at === Math.floor(Number(lastStart?.nano) / 1e6),
      ),
    () => `the last finding did not come: ${moorwatch.stderr()}`,
    60_000,
  );
  await delay(1_000);
  await moorwatch.stop();
  await engine.close();
  const incidents = new Map(
    ((await readLog(stateDir, 'incidents')) as IncidentUpdate[]).map((update) => [update.incident.id, update]),
  );
  return {
    observations: await readObservations(stateDir),
    findings: await findingsOf(stateDir),
    incidents,
    emitted: engine.emitted(),
  };
}

function newDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `moorwatch-chaos-${name}-`));
  directories.push(directory);
  return directory;
}

async function findingsOf(stateDir: string): Promise<Finding[]> {
  const records = (await readLog(stateDir, 'findings')) as FindingRecord[];
  return records.flatMap((record) => (record.type === 'finding' ? [record.finding] : []));
}

const fromEvents = ({ observations }: Outcome): Set<string> =>
  new Set(observations.filter(({ event }) => event.time_nano !== undefined).map(({ id }) => id));

const eventFindings = (outcome: Outcome): string[] => {
  const events = fromEvents(outcome);
  return outcome.findings
    .filter(({ nature, observation }) => nature === 'event' && events.has(observation.id))
    .map(({ id }) => id)
    .sort();
};

/** For each incident: whom it is about, and how many findings of which rule are in it. Those about gaps are left out. */
const membership = ({ incidents }: Outcome): string[] =>
  [...incidents.values()]
    .filter(({ incident }) => incident.container !== undefined || incident.kind === 'posture')
    .map(({ incident }) => {
      const members = incident.findings.map(({ rule, count }) => `${rule.catalogue.join()}×${count}`).sort();
      return `${incident.kind} ${incident.container?.lineage ?? ''}: ${members.join(' ')}`;
    })
    .sort();

/** A small generator of its own (mulberry32): a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('kill -9', () => {
  let calm: Outcome;

  test('an undisturbed run sees every event once', async () => {
    calm = await run({ before: () => Promise.resolve(5) });
    const seen = calm.observations.flatMap(({ event }) => event.time_nano ?? []);
    expect(seen.sort()).toEqual(calm.emitted.map(({ nano }) => nano).sort());
    expect(eventFindings(calm).length).toBeGreaterThan(10);
  });

  test('of either process, 20 times at random moments: same observations, same findings, same incidents', async () => {
    const next = random(7373);
    const moments = new Set<number>();
    while (moments.size < 20) moments.add(5 + Math.floor(next() * (calm.emitted.length - 15)));
    const disturbed = await run({
      before: async (index, running, restart) => {
        if (moments.has(index)) {
          if (next() < 0.5) running().killMonitor();
          else void running().kill().then(restart);
        }
        return Math.round(20 + next() * 120);
      },
    });
    expect([...fromEvents(disturbed)].sort()).toEqual([...fromEvents(calm)].sort());
    expect(eventFindings(disturbed)).toEqual(eventFindings(calm));
    expect(membership(disturbed)).toEqual(membership(calm));
  });

  test('while the collector is away longer than the engine remembers, what is missing is what the gap says', async () => {
    const disturbed = await run({
      before: async (index, running, restart) => {
        if (index === 60) await running().kill();
        if (index === 400) void restart();
        return index >= 60 && index < 400 ? 0 : 20;
      },
    });
    const seen = new Set(disturbed.observations.flatMap(({ event }) => event.time_nano ?? []));
    const missing = disturbed.emitted.filter(({ nano }) => !seen.has(nano));
    const gaps = disturbed.observations.flatMap(({ gap }) => (gap?.reason === 'events-evicted' ? [gap] : []));
    expect(gaps).toHaveLength(1);
    const inGap = disturbed.emitted.filter(({ nano }) => {
      const at = Math.floor(Number(nano) / 1e6);
      return gaps.some(({ from, to }) => at >= from && at <= to);
    });
    expect(missing.length).toBeGreaterThan(50);
    // The gap is told in milliseconds and holds the seen events at both its ends.
    expect(missing.every((event) => inGap.includes(event))).toBe(true);
    expect(inGap.length - missing.length).toBeLessThanOrEqual(4);
  });
});
