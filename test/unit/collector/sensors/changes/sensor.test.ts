import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Subject, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedItem } from '../../../../../collector/engine/feed.ts';
import type { ChangeItem } from '../../../../../collector/engine/inspect-types.ts';
import { createPatient } from '../../../../../collector/procfs/patient.ts';
import { createChangesSensor, type DiffCost } from '../../../../../collector/sensors/changes.ts';
import { MalformedError } from '../../../../../shared/errors.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { createRedactor } from '../../../../../shared/redact.ts';
import { known } from '../../../../support/collector/known.ts';
import { execOf, hexId, inspectOf } from '../../../../support/collector/small-engine.ts';
import { eventually } from '../../../../support/eventually.ts';

const host = { id: 'HOST', name: 'anchor' };
const started = Date.now() - 3_600_000;
const web = known('web', { startedAt: started, facts: { healthcheck: ['CMD-SHELL', 'true'] } });
const changes = vi.fn<() => Promise<readonly ChangeItem[] | undefined>>();

let root: string;
let feed$: Subject<FeedItem>;
let seen: Observation[];
let costs: DiffCost[];
let subscription: Subscription;

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, 'up', path)), { recursive: true });
  writeFileSync(join(root, 'up', path), text);
};

function start({ distanceMs = 1, entries = 256 } = {}): void {
  const GraphDriver = { Data: { UpperDir: '/up', LowerDir: '/low' } };
  const sensor = createChangesSensor({
    feed$,
    redactor: createRedactor('key'),
    patient: createPatient(),
    rootfs: root,
    procfs: '',
    settleMs: 1,
    distanceMs,
    entries,
    client: () => ({ inspectContainer: async (id) => inspectOf(id, { GraphDriver }), changes }),
    container: (id) => (id === 'web' ? web : undefined),
    now: Date.now,
    told: (cost) => costs.push(cost),
  });
  subscription = sensor.observe().subscribe((observation) => seen.push(observation));
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'moorwatch-diff-'));
  feed$ = new Subject();
  seen = [];
  costs = [];
  changes.mockReset().mockResolvedValue([]);
});
afterEach(() => {
  subscription.unsubscribe();
  rmSync(root, { recursive: true });
});

function say(action: string, look: { at?: number; command?: string[]; id?: string } = {}): void {
  const { at = Date.now(), command, id = 'web' } = look;
  const event = { type: 'container', action, text: '', actor: id, attributes: {}, scope: '', nano: `${at}000000`, at };
  const inspect = command === undefined ? undefined : execOf(hexId('e'), id, command);
  const exec = command && { id: hexId('e'), container: id, text: command.join(' '), inspect, told: [] };
  const prepared = { event, passwd: null, ...(exec && { exec }) };
  feed$.next({ kind: 'event', host, prepared, known: id === 'web' ? web : undefined, before: undefined });
}
const diffs = (count: number) => eventually(() => expect(costs).toHaveLength(count));

it('a diff that cannot be read is a gap, told once until one can', async () => {
  start();
  changes.mockRejectedValue(new MalformedError('longer than 33554432 bytes', { place: 'engine answer' }));
  say('extract-to-dir');
  await eventually(() => expect(seen).toHaveLength(1));
  expect(seen[0]).toMatchObject({
    kind: 'gap',
    container: { id: 'web' },
    gap: {
      reason: 'diff-unreadable',
      scope: ['files'],
      text: expect.stringContaining('longer than 33554432 bytes') as string,
    },
  });
  say('extract-to-dir');
  await eventually(() => expect(changes).toHaveBeenCalledTimes(2));
  changes.mockResolvedValue([]);
  say('extract-to-dir');
  await diffs(1);
  expect(seen).toHaveLength(1);
});

describe('a diff is taken', () => {
  it('after an exec that ended, and tells the files that it left', async () => {
    start();
    say('exec_start', { command: ['sh', '-c', 'echo x >/etc/crontab'] });
    put('etc/crontab', 'x');
    changes.mockResolvedValue([
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/crontab', Kind: 1 },
    ]);
    say('exec_die', { command: ['sh', '-c', 'echo x >/etc/crontab'] });
    await diffs(1);
    expect(seen).toMatchObject([
      {
        kind: 'file',
        event: { source: 'inspect', action: 'added' },
        host,
        container: { id: 'web' },
        file: { path: '/etc/crontab', change: 'added', by: 'exec', type: 'file', size: 1 },
      },
    ]);
    expect(seen[0]?.file?.age_s).toBeGreaterThan(3_500);
    expect(costs[0]).toMatchObject({ leftOut: 0, evicted: 0, missed: 0 });
  });

  it.each(['extract-to-dir', 'attach', 'commit'])('after %s', async (action) => {
    start();
    say(action);
    await diffs(1);
    expect(changes).toHaveBeenCalledOnce();
  });

  it('and not after anything else: a health check, an exec that begins, a start, an image', async () => {
    start();
    for (const action of ['exec_create', 'exec_start', 'exec_die']) say(action, { command: ['/bin/sh', '-c', 'true'] });
    for (const action of ['create', 'start', 'exec_start', 'top', 'die', 'archive-path']) say(action);
    say('extract-to-dir', { id: 'unknown' });
    say('commit');
    await diffs(1);
    expect(changes).toHaveBeenCalledOnce();
  });

  it('once of an exec that lasts a minute', async () => {
    vi.useFakeTimers();
    try {
      start();
      say('exec_start', { command: ['sh'] });
      await vi.advanceTimersByTimeAsync(59_999);
      expect(changes).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(600_000);
      expect(changes).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('once for causes that come together, and later at a distance', async () => {
    start({ distanceMs: 60_000 });
    for (let index = 0; index < 50; index += 1) say('extract-to-dir');
    await diffs(1);
    for (let index = 0; index < 50; index += 1) say('extract-to-dir');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(changes).toHaveBeenCalledOnce();
  });

  it('and what it told before is not told again; a second look at the same file has the same id', async () => {
    start();
    put('etc/crontab', 'x');
    changes.mockResolvedValue([{ Path: '/etc/crontab', Kind: 1 }]);
    say('extract-to-dir');
    await diffs(1);
    say('extract-to-dir');
    await diffs(2);
    expect(seen).toHaveLength(1);
    subscription.unsubscribe();
    start();
    say('extract-to-dir');
    await diffs(3);
    expect(seen.map(({ id }) => id)).toEqual([seen[0]?.id, seen[0]?.id]);
    put('etc/crontab', 'xy');
    say('extract-to-dir');
    await diffs(4);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(2);
    expect(seen.at(-1)?.file).toMatchObject({ by: 'copy', size: 2 });
  });

  it('with a cap: what is worth a look comes first, the rest is counted', async () => {
    start({ entries: 2 });
    const flood = Array.from({ length: 2_500 }, (_, index) => ({ Path: `/srv/${index}`, Kind: 1 }));
    changes.mockResolvedValue([...flood, { Path: '/etc/crontab', Kind: 1 }]);
    say('extract-to-dir');
    await diffs(1);
    expect(seen.map(({ file }) => file?.path)).toEqual(['/etc/crontab', '/srv/0']);
    expect(seen.map(({ file }) => file?.left_out)).toEqual([2_499, undefined]);
    expect(costs[0]?.leftOut).toBe(2_499);
  });

  it('in vain where the engine does not answer, and again the next time', async () => {
    start();
    changes.mockRejectedValueOnce(new Error('away')).mockResolvedValue([]);
    say('extract-to-dir');
    await eventually(() => expect(changes).toHaveBeenCalledOnce());
    await new Promise((resolve) => setTimeout(resolve, 20));
    say('extract-to-dir');
    await diffs(1);
  });

  it('of what changed long ago tells it as of now', async () => {
    start();
    changes.mockResolvedValue([{ Path: '/bin/ls', Kind: 2 }]);
    const before = Date.now();
    say('extract-to-dir');
    await diffs(1);
    expect(seen[0]?.at).toBeGreaterThanOrEqual(before);
    expect(seen[0]?.file).toEqual({ path: '/bin/ls', name: 'ls', change: 'deleted' });
  });

  it('no more once it is stopped', async () => {
    start();
    say('extract-to-dir');
    subscription.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(changes).not.toHaveBeenCalled();
  });
});

it('a directory in which nothing is left is told of the container itself, not of an exec', async () => {
  start();
  for (const path of ['var/cache/web/temp', 'srv']) mkdirSync(join(root, 'up', path), { recursive: true });
  changes.mockResolvedValue([
    { Path: '/var/cache/web', Kind: 0 },
    { Path: '/var/cache/web/temp', Kind: 1 },
    { Path: '/srv', Kind: 0 },
  ]);
  say('exec_die', { command: ['true'] });
  await diffs(1);
  expect(seen.map(({ file }) => file)).toMatchObject([
    { path: '/srv', type: 'directory', change: 'changed' },
    { path: '/var/cache/web/temp', type: 'directory', change: 'added' },
  ]);
  say('exec_start', { command: ['mkdir', '/made'], at: Date.now() - 1_000 });
  mkdirSync(join(root, 'up/made'));
  changes.mockResolvedValue([{ Path: '/made', Kind: 1 }]);
  say('exec_die', { command: ['mkdir', '/made'], at: Date.now() + 1_000 });
  await diffs(2);
  expect(seen).toHaveLength(2);
});
