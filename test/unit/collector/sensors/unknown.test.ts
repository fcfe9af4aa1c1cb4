import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPatient } from '../../../../collector/procfs/patient.ts';
import { createUnknownSensor, type UnknownOptions } from '../../../../collector/sensors/unknown.ts';
import { containerGroup, isEngines, runtimeOf } from '../../../../collector/sensors/unknown-groups.ts';
import { firstOf, swept } from '../../../support/collector/sweeps.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

const [mine, hers, inner] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];

describe('the cgroup of a process', () => {
  it.each([
    [`0::/docker/${mine}`, mine],
    [`9:pids:/docker/${mine}\n0::/`, mine],
    [`0::/system.slice/docker-${mine}.scope`, mine],
    [`0::/system.slice/docker-${mine}.scope/docker/${inner}`, mine],
    [`0::/docker/${mine}/docker/${inner}/app`, mine],
    [`0::/machine.slice/libpod-${mine}.scope/container`, mine],
    [`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${mine}.scope`, mine],
    [`0::/kubepods/besteffort/pod1/${mine}`, mine],
    ['0::/system.slice/docker.service', undefined],
    ['0::/docker/buildkit/kbrx5ys5t6u2tbdmdczhx5nbh', undefined],
    [`0::/${mine}`, undefined],
    ['', undefined],
  ])('%s', (text, id) => {
    expect(containerGroup(text)?.id).toBe(id);
  });
});

describe('a container that the engine does not know', () => {
  const group = { id: hers, path: `/docker/${hers}` };
  const shim = (namespace: string, address: string) =>
    runtimeOf(['/usr/bin/containerd-shim-runc-v2', '-namespace', namespace, '-id', hers, '-address', address]);
  const own = [{ address: '/e/containerd.sock', namespace: 'moby' }];

  it('is the engine’s own matter in its runtime, or without any', () => {
    expect(shim('moby', '/e/containerd.sock')).toEqual(own[0]);
    expect(runtimeOf(['/sbin/init', '-address', '/x'])).toBeUndefined();
    expect(isEngines(shim('moby', '/e/containerd.sock'), { group, own })).toBe(true);
    expect(isEngines(shim('default', '/e/containerd.sock'), { group, own })).toBe(true);
    expect(isEngines(undefined, { group, own })).toBe(true);
    expect(isEngines(shim('moby', '/run/containerd/containerd.sock'), { group, own: [] })).toBe(true);
  });

  it('is somebody else’s in another one', () => {
    expect(isEngines(shim('moby', '/other/containerd.sock'), { group, own })).toBe(false);
    expect(isEngines(shim('k8s.io', '/e/containerd.sock'), { group, own })).toBe(false);
    expect(isEngines(undefined, { group: { id: hers, path: `/libpod/${hers}` }, own })).toBe(false);
    expect(isEngines(shim('moby', '/other/containerd.sock'), { group, own: [] })).toBe(false);
  });
});

describe('the sensor of unknown containers', () => {
  let host: ReturnType<typeof fakeProcfs>;
  beforeEach(() => {
    host = fakeProcfs();
  });
  afterEach(() => host.remove());

  const unasked = (): never => {
    throw new Error('not asked for');
  };
  const sensor = (more: Partial<UnknownOptions> = {}) =>
    createUnknownSensor({
      procfs: host.procfs,
      everyMs: 1,
      patient: createPatient(),
      client: () => ({ inspectContainer: () => Promise.resolve(undefined) }),
      containers: () => [swept(mine, 10, { at: unasked })],
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => 5_000,
      ...more,
    });
  const observed = (count: number, more: Partial<UnknownOptions> = {}) => firstOf(sensor(more), count);
  const shim = (pid: number, address: string) =>
    host.addProcess({ pid, args: ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-address', address] });

  it('tells it once, with its first process, and leaves alone those that are known', async () => {
    shim(5, '/e');
    host.addProcess({ pid: 10, container: mine, parent: 5 });
    host.addProcess({ pid: 20, container: hers, parent: 5, args: ['/bin/evil', '-x'] });
    host.addProcess({ pid: 21, container: hers, parent: 20 });
    shim(6, '/other');
    host.addProcess({ pid: 30, container: inner, parent: 6 });
    host.addProcess({ pid: 31, container: 'd'.repeat(64), parent: 6 });
    let turns = 0;
    const containers = () => {
      turns += 1;
      if (turns === 20) host.addProcess({ pid: 40, container: 'e'.repeat(64), parent: 5 });
      return [swept(mine, 10, { at: unasked })];
    };
    const found = await observed(2, { containers });
    expect(found).toMatchObject([
      {
        kind: 'gap',
        at: 5_000,
        gap: { reason: 'unlisted-container', scope: ['containers'] },
        process: { pid: 20, executable: '/bin/evil', args: ['/bin/evil', '-x'] },
      },
      { gap: { reason: 'unlisted-container' }, process: { pid: 40 } },
    ]);
    expect(found[0]?.gap?.text).toContain(hers.slice(0, 12));
    expect((await observed(1)).map(({ id }) => id)).toEqual([found[0]?.id]);
  });

  it('asks the engine before it says so', async () => {
    host.addProcess({ pid: 20, container: hers });
    host.addProcess({ pid: 30, container: inner });
    const asked: string[] = [];
    const client = () => ({
      inspectContainer: (id: string) => {
        asked.push(id);
        return Promise.resolve(id === hers ? { Id: hers } : undefined);
      },
    });
    expect(await observed(1, { client })).toMatchObject([{ process: { pid: 30 } }]);
    expect(asked.slice(0, 2)).toEqual([hers, inner]);
  });

  it('is found by its shim, although a process between never says what its arguments are', async () => {
    shim(6, '/other');
    shim(5, '/e');
    host.addProcess({ pid: 10, container: mine, parent: 5 });
    host.addProcess({ pid: 20, container: hers, parent: 6 });
    host.addProcess({ pid: 15, container: inner, parent: 20 });
    host.addProcess({ pid: 30, container: 'd'.repeat(64), parent: 5 });
    // As if each read of theirs were late.
    const asked: string[] = [];
    const patient: UnknownOptions['patient'] = (whose, read) => {
      asked.push(whose);
      return whose === 'host' ? read() : Promise.resolve(undefined);
    };
    expect(await observed(1, { patient })).toMatchObject([{ process: { pid: 30, args: [] } }]);
    expect(new Set(asked)).toEqual(new Set(['host', hers, 'd'.repeat(64)]));
  });

  it('says why it cannot work', async () => {
    expect(await sensor({ procfs: '' }).available()).toContain('engine.procfs is empty');
  });
});
