import { describe, expect, it } from 'vitest';
import { processes } from '../../../../../analyzer/baselines/features/processes.ts';
import type { ProcessFacts } from '../../../../../shared/observation.ts';
import { processSeen } from '../../../../support/analyzer/procfs-observations.ts';

const usual = ['CAP_CHOWN', 'CAP_KILL'];
const facts: ProcessFacts = {
  executable: '/usr/bin/convert',
  user: { id: 33 },
  capabilities: { effective: [], permitted: [], beyond: [] },
  parent: { executable: '/usr/bin/php' },
  ancestors: ['/usr/bin/php'],
};
const learns = (process: ProcessFacts, action = 'start') =>
  processes.learns(processSeen('c1', 1, process, { action }), {})[0];
const keyOf = (more: ProcessFacts) => learns({ ...facts, ...more })?.key;
const known = keyOf({});

describe('programs', () => {
  it.each<[string, ProcessFacts]>([
    ['another process and arguments', { pid: 47, args: ['convert', 'a.png'], command_line: 'convert a.png' }],
    ['another user that is not root', { user: { id: 1000 } }],
    ['another program further up', { ancestors: ['/usr/bin/php', '/sbin/init'] }],
  ])('are one item whatever changes from run to run: %s', (_what, more) => {
    expect(keyOf(more)).toBe(known);
  });

  it('are one item under names that differ by type alone', () => {
    const [one, other] = ['/tmp/tmp.X1k9aQ/run', '/tmp/tmp.Zq81Lw/run'].map((executable) => keyOf({ executable }));
    expect(one).toBe(other);
  });

  it.each<[string, ProcessFacts]>([
    ['another executable', { executable: '/usr/bin/curl' }],
    ['another parent', { parent: { executable: '/bin/sh' } }],
    ['root', { user: { id: 0 } }],
    ['capabilities', { capabilities: { effective: usual, permitted: usual, beyond: [] } }],
    ['capabilities that were added', { capabilities: { effective: ['CAP_SYS_ADMIN'], permitted: [], beyond: [] } }],
    ['a script', { script: { path: '/app/run.sh' } }],
    ['a program of busybox', { executable: ['/bin/busybox', '/bin/wget'] }],
  ])('are another item: %s', (_what, more) => {
    expect(keyOf(more)).not.toBe(known);
  });

  it('are known by the script that an interpreter runs, and by what busybox was invoked as', () => {
    const sh = { executable: '/bin/sh' };
    expect(keyOf({ ...sh, script: { path: '/app/a.sh' } })).not.toBe(keyOf({ ...sh, script: { path: '/app/b.sh' } }));
    const applet = (name: string) => keyOf({ executable: ['/bin/busybox', name] });
    expect(applet('/bin/ls')).not.toBe(applet('/bin/nc'));
  });

  it('may vary in where they lie, below the top of it, and in nothing else', () => {
    const free = (more: ProcessFacts) =>
      learns({ ...facts, ...more })
        ?.pieces?.filter((piece) => piece.free === true)
        .map(({ text }) => text);
    expect(free({ executable: '/srv/app/releases/blue/bin/server' })).toEqual(['releases', 'blue', 'bin']);
    expect(free({ executable: '/usr/bin/convert', parent: { executable: '/srv/app/releases/blue/php' } })).toEqual([]);
    expect(free({ executable: '/srv/app/a/sh', script: { path: '/srv/jobs/nightly/run.sh' } })).toEqual(['nightly']);
    expect(free({ executable: '/srv/app/../../bin/sh' })).toEqual([]);
  });

  it('say what they were before they were generalised', () => {
    expect(learns({ ...facts, executable: '/tmp/tmp.X1k9aQ/run' })?.example).toBe('/tmp/tmp.X1k9aQ/run');
    expect(learns(facts)?.example).toBeUndefined();
  });

  it('of the container itself are started by the runtime, wherever that lies', () => {
    const init = (executable: string) =>
      keyOf({ origin: 'init', ancestors: [], parent: { executable: `${executable}/containerd-shim-runc-v2` } });
    expect(init('/usr/bin')).toBe(init('/snap/docker/2915/bin'));
  });

  it('say what ran, with which rights, and from where', () => {
    expect(learns({ ...facts, executable: '/bin/dash', script: { path: '/app/run.sh' } })?.text).toBe(
      '/app/run.sh by /bin/dash (not root, no capabilities), started by /usr/bin/php',
    );
  });

  it('leave out the command of an exec, which is told already, and not what becomes of it or descends from it', () => {
    const direct = { ...facts, origin: 'exec', ancestors: [] } as const;
    expect(learns(direct)).toBeUndefined();
    expect(learns(direct, 'exec')).toBeDefined();
    expect(learns({ ...direct, ancestors: ['/bin/sh'] })).toBeDefined();
  });

  it('leave out changes of a known process, and what could not be looked at', () => {
    expect(learns(facts, 'change')).toBeUndefined();
    const { executable: _unknown, ...rest } = facts;
    expect(learns(rest)).toBeUndefined();
  });
});
