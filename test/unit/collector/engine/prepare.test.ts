import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { EngineEvent } from '../../../../collector/engine/event.ts';
import { createKeyedLimiter } from '../../../../collector/engine/limiter.ts';
import { type PrepareContext, prepare } from '../../../../collector/engine/prepare.ts';
import { known } from '../../../support/collector/known.ts';

const id = 'c'.repeat(64);
const execId = 'e'.repeat(64);
const inspect = { Id: id, State: { Running: true, Pid: 9 } };
const { snapshot } = known(id, { facts: { label_keys: ['role'] } });

const event = (type: string, action: string, more: Partial<EngineEvent> = {}): EngineEvent => {
  return { type, action, text: '', actor: id, attributes: {}, scope: '', nano: '1', at: 0, ...more };
};
const exec = event('container', 'exec_create', { text: 'id', attributes: { execID: execId } });

const client = { inspectContainer: vi.fn(), inspectExec: vi.fn(), inspectImage: vi.fn(), inspectPlugin: vi.fn() };
const resolver = { snapshot: vi.fn(), passwdOf: vi.fn(), warmVolume: vi.fn(), forgetVolume: vi.fn() };
const failed = vi.fn();
const contextWith = (labelKeys: readonly string[] | undefined): PrepareContext => ({
  client,
  resolver,
  failed,
  labelKeys: () => labelKeys,
  execs: new Map(),
  search: createKeyedLimiter(1),
});

beforeEach(() => {
  vi.resetAllMocks();
  client.inspectContainer.mockResolvedValue(inspect);
  client.inspectExec.mockResolvedValue({ ContainerID: id, ProcessConfig: { entrypoint: 'id', user: 'app' } });
  resolver.snapshot.mockResolvedValue(snapshot);
  resolver.passwdOf.mockResolvedValue('app:x:7:7');
});

describe('a container is looked at', () => {
  test.each(['create', 'start', 'update', 'rename'])('again on %s', async (action) => {
    expect(await prepare(event('container', action), contextWith([]))).toMatchObject({ inspect, snapshot });
  });

  test.each(['die', 'pause', 'top', 'destroy'])('not on %s when it is known', async (action) => {
    await prepare(event('container', action), contextWith([]));
    expect(client.inspectContainer).not.toHaveBeenCalled();
  });

  test('on whatever happens when it is not known, but for its end', async () => {
    expect((await prepare(event('container', 'pause'), contextWith(undefined))).snapshot).toBe(snapshot);
    expect((await prepare(event('container', 'destroy'), contextWith(undefined))).snapshot).toBeUndefined();
    const joined = event('network', 'connect', { attributes: { container: id } });
    expect((await prepare(joined, contextWith(undefined))).snapshot).toBe(snapshot);
    expect((await prepare(joined, contextWith([]))).snapshot).toBeUndefined();
  });

  test('in vain when it is gone; that is no failure', async () => {
    client.inspectContainer.mockResolvedValue(undefined);
    expect(await prepare(event('container', 'create'), contextWith(undefined))).not.toHaveProperty('snapshot');
    expect(failed).not.toHaveBeenCalled();
  });

  test('and is said to be gone only right after its creation, not in an event that the engine repeats (EVA-08)', async () => {
    client.inspectContainer.mockResolvedValue(undefined);
    const at = (now: number) => ({ ...contextWith(undefined), now: () => now });
    expect(await prepare(event('container', 'create'), at(4_999))).toMatchObject({ gone: true });
    expect(await prepare(event('container', 'create'), at(5_000))).not.toHaveProperty('gone');
    expect(await prepare(event('container', 'start'), at(0))).not.toHaveProperty('gone');
    const joined = event('network', 'connect', { attributes: { container: id } });
    expect(await prepare(joined, at(0))).not.toHaveProperty('gone');
  });
});

describe('an exec', () => {
  test('brings its inspect, and the passwd of its container when its user is a name', async () => {
    const prepared = await prepare(exec, contextWith([]));
    expect(prepared.exec).toMatchObject({ id: execId, container: id, text: 'id' });
    expect(prepared.passwd).toBe('app:x:7:7');
  });

  test.each(['', '0', '+0', '00:1000'])('of user %j needs no passwd', async (user) => {
    client.inspectExec.mockResolvedValue({ ContainerID: id, ProcessConfig: { entrypoint: 'id', user } });
    expect((await prepare(exec, contextWith([]))).passwd).toBeNull();
    expect(resolver.passwdOf).not.toHaveBeenCalled();
  });

  test('in a container that is not known is believed only after its labels were looked at', async () => {
    resolver.snapshot.mockResolvedValue(known(id, { facts: { label_keys: ['execID'] } }).snapshot);
    const { exec: found } = await prepare(exec, contextWith(undefined));
    expect(found?.id).not.toBe(execId);
  });
});

describe('a volume', () => {
  test('is asked for its options when it is made, and forgotten when it is removed', async () => {
    await prepare(event('volume', 'create', { actor: 'v' }), contextWith([]));
    expect(resolver.warmVolume).toHaveBeenCalledWith('v');
    await prepare(event('volume', 'destroy', { actor: 'v' }), contextWith([]));
    expect(resolver.forgetVolume).toHaveBeenCalledWith('v');
  });
});

test('what fails is told, and the event goes without it', async () => {
  client.inspectContainer.mockRejectedValue(new Error('no'));
  resolver.warmVolume.mockRejectedValue(new Error('no'));
  expect(await prepare(event('container', 'create'), contextWith([]))).toMatchObject({ passwd: null });
  expect(await prepare(event('volume', 'create'), contextWith([]))).toMatchObject({ passwd: null });
  expect(await prepare(exec, contextWith([]))).toMatchObject({ passwd: null });
  expect(failed.mock.calls.map(([request]) => String(request))).toEqual([
    `inspect of ${id.slice(0, 12)}`,
    'volume create',
    `inspect of ${id.slice(0, 12)}`,
  ]);
});

describe('an image', () => {
  test.each(['pull', 'load', 'untag'])('is looked at on %s, for the names of its id', async (action) => {
    client.inspectImage.mockResolvedValue({ Id: 'sha256:1', RepoTags: ['acme/app:1'] });
    const prepared = await prepare(event('image', action, { actor: 'acme/app:1' }), contextWith([]));
    expect(prepared.image?.RepoTags).toEqual(['acme/app:1']);
    expect(client.inspectImage).toHaveBeenCalledWith('acme/app:1');
  });

  test('is not on a tag, which says all of it', async () => {
    expect(await prepare(event('image', 'tag'), contextWith([]))).toEqual({
      event: event('image', 'tag'),
      passwd: null,
    });
    expect(client.inspectImage).not.toHaveBeenCalled();
  });

  test('whose answer cannot be read is told without it', async () => {
    client.inspectImage.mockResolvedValue({ Id: 'sha256:1', RepoTags: 'acme' });
    expect(await prepare(event('image', 'load'), contextWith([]))).toEqual({
      event: event('image', 'load'),
      passwd: null,
    });
    expect(failed).toHaveBeenCalledOnce();
  });
});

describe('a plugin is looked at', () => {
  const body = { Id: 'p', Name: 'lab/pl:1', Config: { Linux: { AllowAllDevices: true } } };

  test.each(['create', 'pull', 'enable'])('on %s', async (action) => {
    client.inspectPlugin.mockResolvedValue(body);
    const { plugin } = await prepare(event('plugin', action), contextWith(undefined));
    expect(plugin).toMatchObject({ name: 'lab/pl:1', privileges: ['all-devices'] });
  });

  test('not when it goes', async () => {
    expect(await prepare(event('plugin', 'remove'), contextWith(undefined))).not.toHaveProperty('plugin');
    expect(client.inspectPlugin).not.toHaveBeenCalled();
  });

  test('and one that cannot be read is told without its facts', async () => {
    client.inspectPlugin.mockResolvedValue({ Settings: { Mounts: 'all' } });
    expect(await prepare(event('plugin', 'enable'), contextWith(undefined))).not.toHaveProperty('plugin');
    expect(failed).toHaveBeenCalledOnce();
  });
});
