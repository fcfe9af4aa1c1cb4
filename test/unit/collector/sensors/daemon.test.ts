import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject, type Subscription } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineClient } from '../../../../collector/engine/client.ts';
import type { FeedItem } from '../../../../collector/engine/feed.ts';
import type { EngineInfo } from '../../../../collector/engine/inspect-types.ts';
import { packagedAmong } from '../../../../collector/sensors/daemon/packages.ts';
import { createDaemonSensor } from '../../../../collector/sensors/daemon.ts';
import { UnavailableError } from '../../../../shared/errors.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { createSmallEngine } from '../../../support/collector/small-engine.ts';
import { eventually } from '../../../support/eventually.ts';

const host = { id: 'HOST', name: 'anchor' };
let rootfs: string;
let feed$: Subject<FeedItem>;
let subscription: Subscription | undefined;
let kept: unknown;
let info: EngineInfo;
let asked = 0;
let client: EngineClient;
let now = 1_000;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const put = (path: string, text: string): void => {
  mkdirSync(join(rootfs, path, '..'), { recursive: true });
  writeFileSync(join(rootfs, path), text);
  chmodSync(join(rootfs, path), 0o644);
};

const newClient = (): EngineClient => ({
  ...createSmallEngine().client,
  info: async () => {
    asked += 1;
    return info;
  },
  version: async () => ({ Version: '20.10.24+dfsg1', Components: [{ Name: 'runc', Version: '1.1.5+ds1' }] }),
});

beforeEach(() => {
  rootfs = mkdtempSync(join(tmpdir(), 'moorwatch-daemon-'));
  put('/etc/group', 'docker:x:106:ann\n');
  put('/usr/sbin/runc', 'runc 1');
  put('/etc/docker/daemon.json', '{}');
  symlinkSync('/usr/sbin/runc', join(rootfs, '/etc/docker/link'));
  feed$ = new Subject();
  kept = undefined;
  asked = 0;
  info = { SecurityOptions: ['name=seccomp,profile=default'], DefaultRuntime: 'runc' };
  client = newClient();
});
afterEach(() => {
  subscription?.unsubscribe();
  rmSync(rootfs, { recursive: true });
});

/** Starts a sensor as a new process would; resolves when the first look is kept. */
async function start(everyMs = 1): Promise<Observation[]> {
  subscription?.unsubscribe();
  const seen: Observation[] = [];
  const sensor = createDaemonSensor({
    feed$,
    rootfs,
    everyMs,
    turnMs: 10,
    confirmMs: 1,
    client: () => client,
    host: () => host,
    engineSocket: () => undefined,
    recall: () => kept,
    remember: (note) => {
      kept = JSON.parse(JSON.stringify(note));
    },
    now: () => (now += 1),
  });
  subscription = sensor.observe().subscribe((observation) => seen.push(observation));
  await eventually(() => kept !== undefined && seen.length > 0);
  return seen;
}

const eventsIn = (seen: readonly Observation[]) => seen.filter(({ snapshot }) => snapshot === undefined);

it('a host is told once as it was found, and then what it is; a second process has no posture to tell', async () => {
  const seen = await start();
  expect(seen.map(({ event, snapshot }) => [event.action, snapshot?.object.split(':')[0]])).toEqual([
    ['present', 'daemon'],
    ['present', 'component'],
  ]);
  expect(seen[1]?.daemon?.component).toMatchObject({ name: 'runc', vulnerable: [] });
  const asking = asked;
  await eventually(() => asked > asking + 1);
  expect(seen).toHaveLength(2);
  const again = await start();
  expect(again.map(({ event }) => event.action)).toEqual(['poll', 'poll']);
});

it('what changed between two looks is told, and of what changed while nobody looked too', async () => {
  const seen = await start();
  put('/usr/sbin/runc', 'runc 2');
  await eventually(() => eventsIn(seen).length > 0);
  expect(eventsIn(seen)).toMatchObject([
    {
      event: { action: 'file_changed' },
      daemon: { file: { path: '/usr/sbin/runc', kind: 'program', change: 'content' } },
    },
  ]);
  subscription?.unsubscribe();
  put('/etc/docker/hook.json', '{}');
  put('/etc/group', 'docker:x:106:ann,eve\n');
  rmSync(join(rootfs, '/usr/sbin/runc'));
  const later = await start();
  await eventually(() => eventsIn(later).length >= 3);
  expect(
    eventsIn(later).map(({ daemon }) => [daemon?.file?.path, daemon?.file?.change, daemon?.group?.gained]),
  ).toEqual([
    ['/etc/docker/hook.json', 'created', undefined],
    ['/usr/sbin/runc', 'deleted', undefined],
    [undefined, undefined, ['eve']],
  ]);
});

it('what is as its package says is an upgrade', async () => {
  const seen = await start();
  put('/var/lib/dpkg/info/runc.md5sums', 'c5d0a0a0a0a0a0a0a0a0a0a0a0a0a0a0  usr/share/doc/runc\n');
  put('/usr/sbin/runc', 'runc 2');
  await eventually(() => eventsIn(seen).length === 1);
  put('/var/lib/dpkg/info/runc.md5sums', `${createHash('md5').update('runc 3').digest('hex')}  usr/sbin/runc\n`);
  put('/usr/sbin/runc', 'runc 3');
  await eventually(() => eventsIn(seen).length === 2);
  expect(eventsIn(seen).map(({ daemon }) => daemon?.file?.packaged)).toEqual([false, true]);
});

it('a look between the files of a package and its list waits for the list', async () => {
  const listed = (text: string): string => `${createHash('md5').update(text).digest('hex')}  usr/sbin/runc\n`;
  put('/var/lib/dpkg/info/runc.md5sums', listed('runc 1'));
  const change = {
    path: '/usr/sbin/runc',
    change: 'content',
    hash: sha256('runc 2'),
    before: '',
    signature: '',
  } as const;
  put('/usr/sbin/runc', 'runc 2');
  const late = async () => put('/var/lib/dpkg/info/runc.md5sums', listed('runc 2'));
  expect(await packagedAmong([change], { rootfs, pause: late })).toEqual(new Set(['/usr/sbin/runc']));
  put('/var/lib/dpkg/info/runc.md5sums', listed('runc 1'));
  expect(await packagedAmong([change], { rootfs, pause: async () => {} })).toEqual(new Set());
});

it('what is put back while it waits was not the package’s', async () => {
  put('/var/lib/dpkg/info/runc.md5sums', `${createHash('md5').update('runc 1').digest('hex')}  usr/sbin/runc\n`);
  put('/usr/sbin/runc', 'evil');
  const change = {
    path: '/usr/sbin/runc',
    change: 'content',
    hash: sha256('evil'),
    before: '',
    signature: '',
  } as const;
  const back = async () => put('/usr/sbin/runc', 'runc 1');
  expect(await packagedAmong([change], { rootfs, pause: back })).toEqual(new Set());
});

it('without dpkg, and for what is gone, nothing waits', async () => {
  const pause = () => Promise.reject(new Error('waited'));
  const change = { path: '/usr/sbin/runc', change: 'content', hash: 'b', before: 'a', signature: '' } as const;
  expect(await packagedAmong([change], { rootfs, pause })).toEqual(new Set());
  put('/var/lib/dpkg/info/runc.md5sums', 'c5d0a0a0a0a0a0a0a0a0a0a0a0a0a0a0  usr/sbin/runc\n');
  expect(await packagedAmong([{ ...change, change: 'deleted' }], { rootfs, pause })).toEqual(new Set());
  await expect(packagedAmong([change], { rootfs, pause })).rejects.toThrow('waited');
});

it('a file that was only touched has not changed', async () => {
  const seen = await start();
  const before = JSON.stringify(kept);
  utimesSync(join(rootfs, '/usr/sbin/runc'), 1, 1);
  await eventually(() => JSON.stringify(kept) !== before);
  expect(eventsIn(seen)).toEqual([]);
});

it('permissions are a thing that is so until it is not', async () => {
  const seen = await start();
  chmodSync(join(rootfs, '/etc/docker/daemon.json'), 0o666);
  await eventually(() => seen.some(({ daemon }) => daemon?.file?.problems !== undefined));
  expect(seen.at(-1)).toMatchObject({
    event: { action: 'poll' },
    snapshot: { object: 'file:/etc/docker/daemon.json' },
    daemon: { file: { mode: '0666', problems: ['world-writable'] } },
  });
  const count = seen.length;
  chmodSync(join(rootfs, '/etc/docker/daemon.json'), 0o644);
  await eventually(() => seen.length > count);
  expect(seen.at(-1)?.snapshot?.objects).not.toContain('file:/etc/docker/daemon.json');
});

it('a reload says what differs from what held before', async () => {
  const seen = await start(1e9);
  const reload = (attributes: Record<string, string>, nano: string): void => {
    const event = { type: 'daemon', action: 'reload', text: '', actor: 'd', attributes, scope: 'local', nano, at: 5 };
    feed$.next({ kind: 'event', host, prepared: { event, passwd: null }, known: undefined, before: undefined });
  };
  const attributes = { debug: 'false', 'default-runtime': 'runc', 'insecure-registries': '[]', runtimes: 'runc:runc' };
  reload(attributes, '1');
  reload({ ...attributes, 'insecure-registries': '["r:5000"]', runtimes: 'runc:runc evil:/tmp/x' }, '2');
  expect(eventsIn(seen).map(({ daemon }) => daemon?.reload)).toEqual([
    {},
    {
      diff: ['insecure-registries', 'runtimes'],
      text: 'insecure-registries none → r:5000, runtimes runc:runc → evil:/tmp/x runc:runc',
    },
  ]);
});

it('an engine that does not answer is no failure; a new connection is looked at anew', async () => {
  const seen = await start(1e9);
  let failed = 0;
  client = {
    ...newClient(),
    info: () => {
      failed += 1;
      return Promise.reject(new UnavailableError('gone'));
    },
  };
  await eventually(() => failed > 0);
  expect(subscription?.closed).toBe(false);
  client = newClient();
  await eventually(() => seen.length === 4);
  expect(seen.map(({ event }) => event.action)).toEqual(['present', 'present', 'poll', 'poll']);
});
