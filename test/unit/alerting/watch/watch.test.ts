import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStatusBoard } from '../../../../alerting/feed/status-board.ts';
import { startWatch, type Watch, watchedGroups } from '../../../../alerting/watch/watch.ts';
import type { Bus } from '../../../../shared/bus/port.ts';
import { findingRecordSchema } from '../../../../shared/finding.ts';
import { type Standstill, standstillKey } from '../../../../shared/standstill.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';

const boundMs = 600;
const standstill: Standstill = { part: 'standstill', of: 'sink/siem', partition: 0, offset: 0, since: 5 };

describe('the watch', () => {
  let bus: MemoryBus;
  let later = 0;
  let stopping: AbortController;
  let watch: Watch | undefined;
  const happened: Happening[] = [];
  const clock = () => Date.now() + later;

  beforeEach(() => {
    later = 0;
    happened.length = 0;
    bus = createMemoryBus({ clock });
    // The stage of incidents: what is told is taken.
    bus.process('alerting', 'findings', {
      open: () => map((batch) => ({ outputs: [], state: [], done: batch.records.length })),
    });
    stopping = new AbortController();
  });
  afterEach(async () => {
    stopping.abort();
    await watch?.stop();
    await bus.close();
  });

  const start = (sinks: readonly string[], of: Bus = bus) => {
    const onFailure = (reason: string) => expect.unreachable(reason);
    const board = createStatusBoard({ bus, signal: stopping.signal, onFailure });
    const telemetry = { ...noTelemetry, happened: (one: Happening) => void happened.push(one) };
    watch = startWatch({ bus: of, board, telemetry, clock, groups: watchedGroups(sinks), boundMs });
  };
  const write = (one: Standstill) =>
    bus.append('status', [{ key: standstillKey(one), value: JSON.stringify(one), at: clock() }]);
  const told = () =>
    bus.all('findings').flatMap(({ value }) => findingRecordSchema.safeParse(JSON.parse(value ?? '')).data?.type ?? []);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const update = () => bus.append('incidents', [{ key: 'h', value: '{}', at: clock() }]);

  it('tells what another had begun to tell when it ended, once', async () => {
    await update();
    await write(standstill);
    start(['siem']);
    await expect.poll(told).toEqual(['finding']);
    await pause(2 * boundMs);
    expect(told()).toEqual(['finding']);
    expect(watch?.standing()).toEqual([standstill]);
  });

  it('tells it once, in the same words, though retention takes one record after the other', async () => {
    for (let n = 0; n < 40; n += 1) await update();
    start(['siem']);
    let oldest = 0;
    const retention = setInterval(() => {
      oldest = Math.min(oldest + 1, 39);
      bus.expire('incidents', 0, oldest);
    }, 90);
    try {
      await expect.poll(told, { timeout: 3_000 }).toEqual(['finding']);
      const before = watch?.standing();
      await pause(2 * boundMs);
      expect(oldest).toBeGreaterThan(10);
      expect(told()).toEqual(['finding']);
      expect(watch?.standing()).toEqual(before);
      expect(bus.all('status')).toHaveLength(1);
    } finally {
      clearInterval(retention);
    }
  });

  it('ends what another told and what is over, and takes its word back', async () => {
    await write(standstill);
    start(['siem']);
    await expect.poll(told).toEqual(['ended']);
    await expect.poll(() => bus.all('status').at(-1)).toMatchObject({ key: standstillKey(standstill), value: null });
    expect(watch?.standing()).toEqual([]);
  });

  it('forgets a sink that nobody has any more, but not one that another watches', async () => {
    await write(standstill);
    start(['other']);
    await pause(3 * boundMs);
    expect(told()).toEqual([]);
    later = 11 * 60_000;
    await bus.append('status', [{ key: 'analyzer/a', value: '{}', at: clock() }]);
    await expect.poll(told).toEqual(['ended']);
    expect(watch?.standing()).toEqual([]);
  });

  it('believes no word that is not what its key says', async () => {
    await bus.append('status', [{ key: 'standstill/x', value: JSON.stringify(standstill), at: clock() }]);
    start(['siem']);
    await pause(2 * boundMs);
    expect(told()).toEqual([]);
    expect(watch?.standing()).toEqual([]);
  });

  it('begins anew when it could not look for a while, and says once why', async () => {
    await update();
    let away = false;
    const waiting: Bus['waiting'] = async (group, topic) => {
      if (away) throw new Error('the brokers are away');
      return bus.waiting(group, topic);
    };
    start(['siem'], { ...bus, waiting });
    await pause(boundMs / 2);
    away = true;
    await pause(1_500);
    const failures = happened.filter(({ name }) => name === 'watchFailed');
    expect(failures.filter((one) => 'again' in one && one.again === 0)).toHaveLength(3);
    away = false;
    await pause(boundMs / 2);
    expect(told()).toEqual([]);
    await expect.poll(told).toEqual(['finding']);
    expect(happened.some(({ name }) => name === 'standstill')).toBe(true);
  });

  it('ends though the log does not answer', async () => {
    let asked = false;
    const waiting: Bus['waiting'] = () => {
      asked = true;
      return new Promise(() => undefined);
    };
    start(['siem'], { ...bus, waiting });
    await expect.poll(() => asked).toBe(true);
    const before = Date.now();
    await watch?.stop();
    expect(Date.now() - before).toBeLessThan(3_000);
  });
});
