import { describe, expect, it } from 'vitest';
import type { Withheld } from '../../../collector/sensors/dns/forgers.ts';
import { statusOf } from '../../../collector/status.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import { known } from '../../support/collector/known.ts';
import { swept } from '../../support/collector/sweeps.ts';
import { fakeProcfs } from '../../support/procfs.ts';

interface Case {
  readonly rootfs?: string;
  readonly procfs?: string;
  readonly connected?: boolean;
  readonly states?: Readonly<Record<string, string>>;
  readonly sensors?: object;
  readonly withheld?: Withheld;
}

function statusWith({
  rootfs = '/',
  procfs = '/nowhere',
  connected = true,
  states = {},
  sensors = {},
  withheld,
}: Case) {
  return statusOf({
    watch: { status: () => ({ connected }), containers: () => [known('web', { pid: 7 }), known('old', { pid: 0 })] },
    collect: { states: () => states, stopped: () => ({}) },
    config: configSchema.parse({ engine: { rootfs, procfs }, sensors }),
    log: undefined,
    names: { withheld: () => withheld },
  });
}

const both = { connections: 'running', processes: 'running' };
const off = { connections: { enabled: false }, processes: { enabled: false } };

describe('coverage', () => {
  it.each<[string, Case, object]>([
    ['all is there', { states: both }, { engine: 'full', procfs: 'full' }],
    ['no engine', { states: both, connected: false }, { engine: 'none', procfs: 'full' }],
    ['no file system of the host', { states: both, rootfs: '' }, { engine: 'partial', procfs: 'full' }],
    ['no /proc', { states: both, procfs: '' }, { engine: 'full', procfs: 'none' }],
    ['one of two sweepers', { states: { ...both, processes: 'failed' } }, { engine: 'full', procfs: 'partial' }],
    ['no sweeper that is wanted', { states: {} }, { engine: 'full', procfs: 'none' }],
    ['sweepers are switched off', { states: {}, sensors: off }, { engine: 'full', procfs: 'partial' }],
  ])('%s', (_, look, coverage) => {
    expect(statusWith(look).coverage).toMatchObject(coverage);
  });
});

it('what is missing is told with what to do', () => {
  expect(statusWith({}).missing).toEqual([]);
  expect(statusWith({ rootfs: '', procfs: '' }).missing).toEqual([
    expect.stringContaining("mount the host's / read-only"),
    expect.stringContaining("mount the host's /proc"),
  ]);
});

it('counts the containers, and those that run', () => {
  const host = fakeProcfs();
  host.addProcess({ pid: 7, args: ['/bin/x'] });
  expect(statusWith({ procfs: host.procfs, states: both })).toMatchObject({
    containers: 2,
    running: 2,
    coverage: { procfs: 'full' },
    missing: [],
  });
});

describe('names of destinations that are withheld', () => {
  const states = { 'dns-answers': 'running', connections: 'running' };
  const forger = (id: string) => ({ container: swept(id, 1), isOnHost: true, takes: 2 });
  const forgers = ['tcpdump', ...Array.from({ length: 12 }, (_, nth) => `c${nth}`)].map(forger);
  const withheld = { of: 3, without: 2, far: 0, forgers };

  it('are told with who takes them away, of many the first', () => {
    const { names, sensors } = statusWith({ states, withheld });
    expect(names).toMatchObject({ of: 3, without: 2, more: 3 });
    expect(names?.forgers).toHaveLength(10);
    expect(names?.forgers[0]).toEqual({ id: 'tcpdump', name: 'tcpdump', image: 'i', isOnHost: true, takes: 2 });
    expect(sensors).toEqual(states);
  });

  it('make the sensor run in vain when they are all', () => {
    const { sensors } = statusWith({ states, withheld: { ...withheld, without: 3 } });
    expect(sensors).toEqual({ ...states, 'dns-answers': 'running in vain: all names are withheld' });
  });

  it('are nothing to tell where none is, or nobody looks for them', () => {
    expect(statusWith({ states, withheld: { ...withheld, without: 0 } }).names).toBeUndefined();
    const off = statusWith({ states: { connections: 'running' }, withheld: { ...withheld, without: 3 } });
    expect([off.names, off.sensors]).toEqual([undefined, { connections: 'running' }]);
  });
});
