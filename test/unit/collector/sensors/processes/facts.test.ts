import { describe, expect, it } from 'vitest';
import type { FileIdentity } from '../../../../../collector/procfs/file-identity.ts';
import { identitiesOf, processFacts, stateOf as stateWith } from '../../../../../collector/sensors/processes/facts.ts';
import type { Look } from '../../../../../collector/sensors/processes/look.ts';
import { createConnected, isPiped } from '../../../../../collector/sensors/processes/sockets-of.ts';
import { createRedactor } from '../../../../../shared/redact.ts';
import { lookOf, viewOf } from '../../../../support/collector/process-look.ts';
import { fakeProcfs } from '../../../../support/procfs.ts';

const redactor = createRedactor('key');
const facts = (look: Partial<Look>, view = viewOf({ upper: '/nowhere' })) => processFacts(lookOf(look), view, redactor);
const stateOf = (look: Look): string => stateWith(look, identitiesOf(look));
const file = (device: string, inode = '7'): FileIdentity => ({ device, inode, changedAt: -1_000, kind: 'file' });

describe('what is told of a process', () => {
  it('is nothing but its numbers where nothing may be looked at', () => {
    const found = facts({ namespaces: new Map() });
    expect(found).toEqual({
      pid: 10,
      vpid: 1,
      start: '1000',
      comm: 'app',
      user: { id: 0 },
      real_user: { id: 0 },
      capabilities: { effective: [], permitted: [], beyond: [] },
      seccomp: 'filter',
      seccomp_missing: false,
      no_new_privileges: false,
      no_new_privileges_missing: false,
      stdio: {},
      tty: false,
      container_age_s: 0,
    });
  });

  it('has both names of a file that has two, and its arguments without secrets', () => {
    const executable = { path: '/bin/busybox', deleted: false, mounted: 'container', identity: file('0:39') } as const;
    const args = { items: ['sh', '-c', 'x --password hunter22'], truncated: true };
    const found = facts({ executable, invokedAs: '/bin/sh', args });
    expect(found.command_line).toMatch(/^sh -c x --password \[redacted:/);
    expect(found).toMatchObject({
      executable: ['/bin/busybox', '/bin/sh'],
      name: 'busybox',
      argv0: 'sh',
      args_truncated: true,
      is_shell: true,
      exe: { layer: 'lower', age_s: -1, dev_ino: '0:39:7', deleted: false },
    });
    expect(facts({ executable })).toMatchObject({ executable: '/bin/busybox', is_shell: false });
  });

  it.each([
    ['container', '0:39', '1'],
    ['host', '8:1', '2'],
    ['inside', '0:39', '5'],
    ['inside', '0:47', '5'],
    ['mount', '8:1', '5'],
    [undefined, '77:7', '5'],
  ])('a root is in the place %s (%s:%s)', (place, device, inode) => {
    expect(facts({ root: file(device, inode) }).root_place).toBe(place);
  });

  it('the host’s root is the host’s even of a container that went there whole', () => {
    const root = file('8:1', '2');
    expect(facts({ root }, viewOf({ root })).root_place).toBe('host');
  });

  it('libraries of tmpfs, deleted ones and those in memory, not the program’s own and not what compilers make', () => {
    const executable = { path: '/bin/app', deleted: false, mounted: 'container', identity: file('0:39', '7') } as const;
    const code = [
      { path: '/bin/app', deleted: false, inode: '7' },
      { path: '/lib/libc.so.6', deleted: false, inode: '8' },
      { path: '/dev/shm/x.so', deleted: false, inode: '9' },
      { path: '/lib/old.so', deleted: true, inode: '10' },
      { path: '/memfd:y', deleted: true, inode: '11' },
      { path: '/dev/zero', deleted: true, inode: '12' },
      { path: '/SYSV00000000', deleted: true, inode: '13' },
    ];
    const foreign = ['/dev/shm/x.so', '/lib/old.so', '/memfd:y'];
    expect(facts({ executable, code }).libraries_foreign).toEqual(foreign);
    expect(facts({ executable, code, mounted: 'foreign' })).not.toHaveProperty('libraries_foreign');
    const many = Array.from({ length: 20 }, (_, index) => ({
      path: `/x${index}`,
      deleted: true,
      inode: `${index + 50}`,
    }));
    expect(facts({ executable, code: many }).libraries_foreign).toHaveLength(8);
  });

  it('variables that load code, and which of them nobody configured', () => {
    const environ = { items: ['LD_PRELOAD=/x.so', 'BASH_ENV=/y', 'HOME=/'], truncated: false };
    const view = viewOf({});
    const configured = viewOf({ facts: { ...view.facts, env_keys: ['BASH_ENV'] } });
    expect(facts({ environ }, configured)).toMatchObject({
      env_dangerous: ['BASH_ENV', 'LD_PRELOAD'],
      env_injected: ['LD_PRELOAD'],
    });
    expect(facts({ environ }, view)).not.toHaveProperty('env_injected');
  });

  it('its directory, script, terminal and age', () => {
    const script = { path: '/tmp/x.sh', deleted: false, mounted: 'container', identity: file('0:39') } as const;
    const stat = { ...lookOf({}).stat, terminal: 34_816, start: '1250' };
    expect(facts({ script, stat, workingDirectory: { path: '/tmp', outside: true } })).toMatchObject({
      working_directory: '/tmp',
      working_directory_outside: true,
      script: { path: '/tmp/x.sh', layer: 'lower' },
      tty: true,
      container_age_s: 2.5,
    });
    expect(facts({ workingDirectory: { path: '/', outside: undefined } })).not.toHaveProperty(
      'working_directory_outside',
    );
  });
});

describe('its state', () => {
  it('is another when something that matters changed, and the same when only an address did', () => {
    const base = lookOf({ stdio: ['socket:[1]', '/dev/null', undefined], fifos: [false, false, false] });
    const direct = (ip: string) => ({ via: 'direct', ip, port: 1 }) as const;
    const same: Partial<Look>[] = [{ stdio: ['socket:[2]', '/dev/null', undefined] }, { label: 'x' }];
    for (const more of same) expect(stateOf({ ...base, ...more })).toBe(stateOf(base));
    expect(stateOf({ ...base, socket: direct('1.1.1.1') })).toBe(stateOf({ ...base, socket: direct('2.2.2.2') }));
    const others: Partial<Look>[] = [
      { stat: { ...base.stat, image: '4 5 6' } },
      { status: { ...base.status, effectiveUid: 1 } },
      { status: { ...base.status, seccomp: 'off' } },
      { status: { ...base.status, noNewPrivileges: true } },
      { status: { ...base.status, capabilities: { ...base.status.capabilities, effective: 1n } } },
      { root: file('8:1') },
      { namespaces: new Map([['mnt', 'mnt:[1]']]) },
      { stdio: ['pipe:[1]', '/dev/null', undefined] },
      { socket: direct('1.1.1.1') },
      { executable: { path: '/x', deleted: true, mounted: 'container', identity: file('0:39') } },
    ];
    const states = [base, ...others.map((more) => ({ ...base, ...more }))].map(stateOf);
    expect(new Set(states).size).toBe(states.length);
  });
});

it('what could not be asked about this time is as it was', () => {
  const executable = { path: '/x', deleted: false, mounted: 'container', identity: file('0:39') } as const;
  const before = identitiesOf(lookOf({ executable, root: file('0:39', '1') }));
  expect(before).toEqual({ file: '["/x","0:39:7",false]', root: '0:39:1' });
  expect(identitiesOf(lookOf({}), before)).toEqual(before);
  expect(identitiesOf(lookOf({}))).toEqual({ file: '', root: '' });
});

describe('connections of sockets', () => {
  it('are looked for only when one is none of the Unix domain', () => {
    const host = fakeProcfs();
    try {
      host.addProcess({ pid: 10, container: 'web' });
      host.setSockets(10, [
        { local: '10.0.0.1:1', remote: '1.1.1.1:80', inode: 77 },
        { local: '10.0.0.1:1', remote: '1.1.1.2:80', inode: 78 },
      ]);
      host.write(
        '10/net/unix',
        'Num RefCount Protocol Flags Type St Inode Path\n0000: 00000003 00000000 00000000 0001 03   78\n',
      );
      const connected = createConnected(host.procfs);
      expect(connected(10, [])).toBeUndefined();
      expect(connected(10, ['78'])).toBeUndefined();
      expect(connected(10, ['99'])).toBeUndefined();
      expect(connected(10, ['78', '77'])?.remote.ip).toBe('1.1.1.1');
      // A socket was bound to a name with a newline in it.
      const forged = '/tmp/x\n0000: 00000003 00000000 00000000 0001 03   77';
      host.setUnix(10, [{ inode: 5, path: forged, listening: true }]);
      expect(connected(10, ['77'])?.remote.ip).toBe('1.1.1.1');
    } finally {
      host.remove();
    }
  });

  it.each([
    [true, ['pipe:[1]', 'pipe:[2]'], [], true],
    [true, ['/tmp/f', 'pipe:[2]'], [true, false], true],
    [true, ['/tmp/f', 'pipe:[2]'], [false, false], false],
    [true, ['/dev/null', 'pipe:[2]'], [], false],
    [true, [undefined, 'pipe:[2]'], [], false],
    [false, ['pipe:[1]', 'pipe:[2]'], [], false],
  ])('that may be a shell’s: obeys %s, %j %j: %s', (obeys, stdio, fifos, expected) => {
    expect(isPiped({ obeys, stdio, fifos })).toBe(expected);
  });
});
