import { expect, test } from 'vitest';
import type { FromMonitor, MonitorOrder, ToMonitor } from '../../../cli/processes/messages.ts';
import { type Child, superviseMonitor } from '../../../cli/processes/supervise.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';

const order: MonitorOrder = {
  config: configSchema.parse({}),
  files: {
    directory: '/s',
    database: '/s/moorwatch.db',
    token: '/s/feed.token',
    spool: '/s/spool.db',
    redactionKey: '/s/redaction.key',
  },
  privileges: { kind: 'keep', reason: 'test' },
  log: { format: 'human', level: 'info', color: false },
};

interface FakeChild {
  readonly sent: ToMonitor[];
  readonly signals: string[];
  says: (message: FromMonitor) => void;
  ends: (how: string) => void;
}

function setUp() {
  const children: FakeChild[] = [];
  const timers: { run: () => void; ms: number; cancelled: boolean }[] = [];
  const happened: Happening[] = [];
  const woken: (readonly string[])[] = [];
  const advised: string[] = [];
  const failures: string[] = [];
  const clock = { now: 0 };
  const fork = (): Child => {
    const child: FakeChild = { sent: [], signals: [], says: () => undefined, ends: () => undefined };
    children.push(child);
    return {
      pid: children.length,
      send: (message) => void child.sent.push(message),
      onMessage: (listener) => {
        child.says = listener;
      },
      onExit: (listener) => {
        child.ends = listener;
      },
      kill: (signal) => void child.signals.push(signal),
    };
  };
  const supervisor = superviseMonitor({
    fork,
    order,
    telemetry: { ...noTelemetry, happened: (happening) => void happened.push(happening) },
    onReady: () => undefined,
    onWake: (topics) => void woken.push(topics),
    onAdvice: (advice) => void advised.push(...advice.map(([rule]) => rule)),
    onFailed: (failure) => void failures.push(failure.message),
    now: () => clock.now,
    setTimer: (run, ms) => {
      const timer = { run, ms, cancelled: false };
      timers.push(timer);
      return {
        cancel: () => {
          timer.cancelled = true;
        },
      };
    },
  });
  return { supervisor, children, timers, happened, advised, woken, failures, clock };
}

test('a new monitor gets its order when it listens, and wakes pass both ways', () => {
  const { supervisor, children, woken, advised } = setUp();
  children[0]?.says({ type: 'listening' });
  supervisor.wake(['observations']);
  children[0]?.says({ type: 'wake', topics: ['incidents'] });
  expect(children[0]?.sent).toEqual([
    { type: 'start', order },
    { type: 'wake', topics: ['observations'] },
  ]);
  expect(woken).toEqual([['incidents']]);
  children[0]?.says({ type: 'advice', advice: [['rule-1', { why: 'because', check: [] }]] });
  expect(advised).toEqual(['rule-1']);
});

test('one that ends is told and started again, later each time', () => {
  const { children, timers, happened } = setUp();
  for (const expected of [250, 500, 1_000]) {
    children.at(-1)?.ends('SIGKILL');
    expect(happened.at(-1)).toEqual({ name: 'monitorExited', code: 'SIGKILL', restartMs: expected });
    expect(timers.at(-1)?.ms).toBe(expected);
    timers.at(-1)?.run();
  }
  expect(children).toHaveLength(4);
});

test('one that says it cannot start is not started again', () => {
  const { children, timers, failures } = setUp();
  children[0]?.says({ type: 'failed', message: 'no access', fix: 'chmod', code: 77 });
  children[0]?.ends('code 77');
  expect(failures).toEqual(['no access']);
  expect(timers).toEqual([]);
});

test('stop asks, waits, and kills only after the deadline', async () => {
  const { supervisor, children, timers, happened } = setUp();
  const stopped = supervisor.stop(5_000);
  expect(children[0]?.sent).toEqual([{ type: 'stop' }]);
  expect(timers[0]?.ms).toBe(5_000);
  timers[0]?.run();
  expect(children[0]?.signals).toEqual(['SIGKILL']);
  children[0]?.ends('SIGKILL');
  await stopped;
  expect(happened).toEqual([]);
  expect(timers).toHaveLength(1);
});

test('stop while a restart waits forks nothing any more', async () => {
  const { supervisor, children, timers } = setUp();
  children[0]?.ends('code 1');
  await supervisor.stop(5_000);
  expect(timers[0]?.cancelled).toBe(true);
  expect(children).toHaveLength(1);
});
