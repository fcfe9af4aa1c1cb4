import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import { type RunningSink, type RunSinkOptions, runSink } from '../../../../alerting/sinks/run.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import { createAnalyzerStage } from '../../../../analyzer/analyze.ts';
import { features } from '../../../../analyzer/baselines/features/index.ts';
import { createNotices } from '../../../../shared/bus/notices.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { encodeObservation, type Observation } from '../../../../shared/observation.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet, wording } from '../../../support/analyzer/rules.ts';
import { startFeedLab } from '../../../support/cli/feed-lab.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';

const at = Date.UTC(2026, 0, 1);
const canary: Observation = {
  id: 'c'.repeat(32),
  kind: 'canary',
  at,
  event: { source: 'monitor', action: 'canary' },
  host: { id: 'HOST', name: 'anchor' },
};

describe('a canary', () => {
  let bus: MemoryBus;
  let running: RunningSink | undefined;
  let sent: IncidentUpdate[];
  let answers: Delivery[];
  const sink: Sink = {
    name: 'siem',
    send: async (update) => {
      sent.push(update);
      return answers.shift() ?? { kind: 'delivered' };
    },
  };
  const start = (
    sendsCanaries: boolean,
    canaries?: RunSinkOptions['canaries'],
    clock = () => at + 1_500,
  ): RunningSink => {
    bus.process('analyzer', 'observations', {
      stateTopic: 'analyzer-state',
      open: createAnalyzerStage({
        rules: () => ruleSet([]),
        wording,
        features,
        baselines: quickBaselines,
        telemetry: noTelemetry,
        clock: () => at,
      }),
    });
    bus.process('alerting', 'findings', {
      stateTopic: 'incident-state',
      open: createIncidentStage({ quietMs: 60_000, reopenMs: 0, suppressionMs: 1 }),
    });
    const lag = { name: 'lag', help: 'Lag.', giveUp: () => undefined };
    running = runSink({
      bus,
      sink,
      type: 'test',
      telemetry: noTelemetry,
      notices: createNotices(noTelemetry, lag),
      clock,
      backoff: { firstMs: 10, mostMs: 10 },
      wants: () => false,
      sendsCanaries,
      ...(canaries && { canaries }),
    });
    return running;
  };
  beforeEach(() => {
    bus = createMemoryBus();
    sent = [];
    answers = [];
  });
  afterEach(async () => {
    await running?.stop();
    await bus.close();
  });
  const fly = (id = canary.id) =>
    bus.append('observations', [{ key: 'HOST', value: encodeObservation({ ...canary, id }), at }]);

  it('goes from the sensor through rules and incidents to each sink, which says how long it took', async () => {
    const one = start(false);
    await fly();
    await expect.poll(async () => (await one.status()).canary).toMatchObject({ at, tookMs: 1_500 });
    expect(sent).toEqual([]);
  });

  it('that arrives is not overdue, however far behind the clock of its host is', async () => {
    const every = 60_000;
    const now = at + 10 * every;
    bus = createMemoryBus({ clock: () => now });
    const expected = { everyMs: every, hosts: () => [{ id: 'HOST', name: 'anchor' }] };
    const one = start(false, expected, () => now + 1_000);
    await fly();
    await expect.poll(async () => (await one.status()).canary).toEqual({ at, logged: now, tookMs: 10 * every + 1_000 });
    expect((await one.status()).overdue).toBeUndefined();
  });

  it('is sent to receivers that want it, as what it is, whatever the routes say; again until it is there', async () => {
    answers = [{ kind: 'retry', reason: 'away' }];
    const one = start(true);
    await fly();
    await expect.poll(async () => (await one.status()).canary).toBeDefined();
    expect(sent.map(({ incident: { title, status, severity } }) => [title, status, severity])).toEqual(
      Array(2).fill(['CANARY of Moorwatch: nothing happened', 'closed', 'informational']),
    );
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  });

  it('is missed where a receiver refuses it, and parked nowhere', async () => {
    answers = [{ kind: 'refused', reason: 'not on our list' }];
    const one = start(true);
    await fly();
    await expect.poll(() => sent.length).toBe(1);
    await fly('d'.repeat(32));
    await expect.poll(async () => (await one.status()).canary).toBeDefined();
    const rejected: unknown[] = [];
    for await (const { records } of bus.read('rejected', { from: 'oldest', follow: false })) rejected.push(...records);
    expect(rejected).toEqual([]);
  });

  it('is no finding, no incident and no event of the feed', async () => {
    const one = start(false);
    const lab = await startFeedLab({ bus });
    await fly();
    await expect.poll(async () => (await one.status()).canary).toBeDefined();
    expect((await lab.run(['findings'])).out).toBe('');
    expect((await lab.run(['incidents', '--json'])).out).toBe('');
    await lab.stop();
  });
});
