import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NamespaceKind } from '../../../../../collector/procfs/namespaces.ts';
import type { Look } from '../../../../../collector/sensors/processes/look.ts';
import { familyOf, type Kinship } from '../../../../../collector/sensors/processes/origin.ts';
import { isInUpper, originOfFile, type PlacedFile } from '../../../../../collector/sensors/processes/place.ts';
import { namespaceFacts, rightsFacts } from '../../../../../collector/sensors/processes/rights.ts';
import { lookOf, viewOf } from '../../../../support/collector/process-look.ts';

describe('rights', () => {
  const admin = 1n << 21n;
  const look = (more: Partial<Look['status']>, user = 'user:[1]'): Look =>
    lookOf({ namespaces: new Map([['user', user]]), status: { ...lookOf({}).status, ...more } });
  const capabilities = (effective: bigint, permitted = effective) => ({ effective, permitted, bounding: 0n });

  it('beyond what the container was given are told, effective or only permitted', () => {
    const view = viewOf({ granted: 1n });
    expect(rightsFacts(look({ capabilities: capabilities(1n) }), view).capabilities?.beyond).toEqual([]);
    expect(rightsFacts(look({ capabilities: capabilities(1n, admin) }), view).capabilities).toEqual({
      effective: ['CAP_CHOWN'],
      permitted: ['CAP_SYS_ADMIN'],
      beyond: ['CAP_SYS_ADMIN'],
    });
  });

  it('over a user namespace of its own are none over the container, those over the host’s are', () => {
    const all = look({ capabilities: capabilities(admin) }, 'user:[9]');
    expect(rightsFacts(all, viewOf({})).capabilities?.beyond).toEqual([]);
    const remapped = viewOf({ namespaces: new Map([['user', 'user:[5]']]) });
    const escaped = look({ capabilities: capabilities(admin) }, 'user:[1]');
    expect(rightsFacts(escaped, remapped).capabilities?.beyond).toEqual(['CAP_SYS_ADMIN']);
  });

  it.each([
    ['filter', 'off', true],
    ['filter', 'filter', false],
    ['off', 'off', false],
  ] as const)('a container’s filter %s, a process’s %s: missing %s', (init, own, missing) => {
    const view = viewOf({});
    const facts = rightsFacts(look({ seccomp: own }), { ...view, status: { ...view.status, seccomp: init } });
    expect(facts).toMatchObject({ seccomp: own, seccomp_missing: missing });
  });

  it('belong to a login where there was one', () => {
    expect(rightsFacts(lookOf({ loginUid: 1000 }), viewOf({})).login_user).toEqual({ id: 1000 });
    expect(rightsFacts(lookOf({}), viewOf({}))).not.toHaveProperty('login_user');
  });

  it('that the kernel says nothing of are left out', () => {
    const facts = rightsFacts(look({ seccomp: undefined, noNewPrivileges: undefined }), viewOf({}));
    expect(Object.keys(facts)).not.toEqual(expect.arrayContaining(['seccomp']));
    expect(Object.keys(facts)).not.toEqual(expect.arrayContaining(['no_new_privileges_missing']));
  });

  it('no new privileges are missing where the container has them', () => {
    const view = viewOf({});
    const strict = { ...view, status: { ...view.status, noNewPrivileges: true } };
    expect(rightsFacts(look({ noNewPrivileges: false }), strict).no_new_privileges_missing).toBe(true);
    expect(rightsFacts(look({ noNewPrivileges: true }), strict).no_new_privileges_missing).toBe(false);
    expect(rightsFacts(look({ noNewPrivileges: false }), view).no_new_privileges_missing).toBe(false);
  });

  it.each([
    ['default', 'unconfined', true],
    ['default', 'docker-default', false],
    ['unconfined', 'unconfined', false],
    ['none', 'unconfined', false],
  ])('a container’s profile %s, a process’s %s: missing %s', (apparmor, label, missing) => {
    const view = viewOf({});
    const facts = rightsFacts({ ...look({}), label }, { ...view, facts: { ...view.facts, apparmor } });
    expect(facts).toMatchObject({ lsm_label: label, lsm_missing: missing });
  });
});

describe('namespaces', () => {
  const of = (own: Partial<Record<NamespaceKind, number>>) =>
    lookOf({
      namespaces: new Map(
        Object.entries({ mnt: 2, pid: 2, net: 2, ipc: 2, uts: 2, user: 1, cgroup: 2, ...own }).map(
          ([kind, number]) => [kind as NamespaceKind, `${kind}:[${number}]`] as const,
        ),
      ),
    });

  it('of an ordinary process are its container’s', () => {
    expect(namespaceFacts(of({}), viewOf({}))).toEqual({ ns_host: [], ns_undeclared: [], ns_foreign: [] });
  });

  it('that may not be looked at are not told', () => {
    expect(namespaceFacts(lookOf({ namespaces: new Map() }), viewOf({}))).toEqual({});
  });

  it('of the host are undeclared unless the container asked for them', () => {
    const facts = viewOf({}).facts;
    const view = viewOf({
      facts: { ...facts, namespaces: { pid: 'host', net: 'container:x', ipc: '', uts: '', user: '', cgroup: '' } },
    });
    expect(namespaceFacts(of({ mnt: 1, pid: 1, net: 1, ipc: 1 }), view)).toEqual({
      ns_host: ['mnt', 'pid', 'net', 'ipc'],
      ns_undeclared: ['mnt', 'ipc'],
      ns_foreign: [],
    });
  });

  it('of users count only where the container has its own', () => {
    const view = viewOf({});
    const remapped = { ...view, namespaces: new Map([...view.namespaces, ['user', 'user:[5]'] as const]) };
    expect(namespaceFacts(of({ user: 1 }), remapped)).toMatchObject({ ns_host: ['user'], ns_undeclared: ['user'] });
    expect(namespaceFacts(of({ user: 9 }), view)).toMatchObject({ ns_host: [], ns_foreign: ['user'] });
  });

  it('of cgroups are the host’s by default on version 1', () => {
    const view = viewOf({});
    const first = { ...view, namespaces: new Map([...view.namespaces, ['cgroup', 'cgroup:[1]'] as const]) };
    expect(namespaceFacts(of({ cgroup: 1 }), first)).toMatchObject({ ns_host: ['cgroup'], ns_undeclared: [] });
    expect(namespaceFacts(of({ cgroup: 1 }), view)).toMatchObject({ ns_undeclared: ['cgroup'] });
  });
});

describe('a file is in', () => {
  const file = (more: Partial<PlacedFile> & { device?: string; changedAt?: number }): PlacedFile => ({
    path: '/bin/app',
    deleted: false,
    mounted: 'container',
    identity: { device: more.device ?? '0:39', inode: '1', changedAt: more.changedAt ?? -5_000, kind: 'file' },
    ...more,
  });
  const layer = (of: PlacedFile, view = viewOf({ upper: '/nowhere' })) => originOfFile(of, view).layer;

  it('the image, or the writable layer when it changed after the start', () => {
    expect(originOfFile(file({}), viewOf({ upper: '/nowhere' }))).toEqual({ layer: 'lower', age_s: -5 });
    expect(originOfFile(file({ changedAt: 1_500 }), viewOf({ upper: '/nowhere' }))).toEqual({
      layer: 'upper',
      age_s: 1.5,
    });
    expect(layer(file({}), viewOf({ upper: undefined }))).toBe('unknown');
    expect(layer(file({ changedAt: 1_500 }), viewOf({ upper: undefined }))).toBe('upper');
    expect(layer(file({ deleted: true }))).toBe('lower');
  });

  it('the writable layer when it changed before this start, and after the container was made', () => {
    const made = viewOf({ upper: undefined });
    const view = { ...made, facts: { ...made.facts, created_at: -90_000 } };
    expect(originOfFile(file({ changedAt: -5_000 }), view)).toEqual({ layer: 'upper', age_s: -5, since_created_s: 85 });
    expect(originOfFile(file({ changedAt: -95_000 }), view)).toEqual({
      layer: 'unknown',
      age_s: -95,
      since_created_s: -5,
    });
  });

  it('memory, whatever it is called: not a file of that name', () => {
    expect(layer(file({ path: '/memfd:x', deleted: true, device: '0:1' }))).toBe('memfd');
    expect(layer(file({ path: '/memfd:x', deleted: true, changedAt: 1 }))).toBe('upper');
    expect(layer(file({ path: '/memfd:x', deleted: false, changedAt: 1 }))).toBe('upper');
  });

  it('what is mounted there', () => {
    expect(layer(file({ path: '/dev/shm/x', device: '0:47' }))).toBe('tmpfs');
    expect(layer(file({ path: '/data/x', device: '8:1' }))).toBe('volume');
    expect(layer(file({ path: '/dev/shm/x', device: '0:47', mounted: 'foreign' }))).toBe('tmpfs');
    expect(layer(file({ path: '/x', device: '8:1', mounted: 'foreign' }))).toBe('volume');
  });

  it('the host, when its path leads to something else in the container', () => {
    expect(layer(file({ path: '/usr/sbin/runc', device: '8:1' }))).toBe('host');
    expect(layer(file({ path: '/usr/sbin/runc', device: '8:1', mounted: 'host' }))).toBe('host');
    expect(layer(file({ path: '/usr/sbin/runc', device: '77:1' }))).toBe('unknown');
  });

  it('a layer of another file system, which overlayfs gives a number of its own', () => {
    expect(layer(file({ device: '0:99' }))).toBe('lower');
  });

  it('no layer of the container when the path leads to something else there: runc runs from an overlay of its own', () => {
    expect(layer(file({ path: '/runc', device: '0:99', elsewhere: true }))).toBe('unknown');
  });

  it('no writable layer that cannot be looked into', () => {
    expect(isInUpper('/x', '/nowhere')).toBe(false);
  });

  it('the writable layer, but nothing that a link in it leads to', () => {
    const upper = mkdtempSync(join(tmpdir(), 'moorwatch-upper-'));
    mkdirSync(join(upper, 'opt'));
    writeFileSync(join(upper, 'opt/x'), '');
    symlinkSync(join(upper, 'opt'), join(upper, 'link'));
    expect(['/opt/x', '/opt', '/opt/y', '/link/x'].map((path) => isInUpper(path, upper))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    rmSync(upper, { recursive: true });
  });
});

describe('how a process came in', () => {
  const parents = new Map([
    [10, 9],
    [11, 10],
    [12, 11],
    [20, 9],
    [21, 20],
    [30, 31],
    [31, 1],
    [40, 41],
    [41, 31],
  ]);
  const kin: Kinship = {
    isInContainer: (pid) => pid < 31 && pid > 9,
    parentOf: (pid) => parents.get(pid),
    executableOf: (pid) => (pid === 41 || pid === 9 ? '/usr/bin/shim' : '/bin/x'),
    originOf: () => undefined,
    isExec: () => false,
  };
  const family = (pid: number, view = viewOf({}), more: Partial<Kinship> = {}) =>
    familyOf({ pid, parent: parents.get(pid) ?? 0 }, { view, kin: { ...kin, ...more } });

  it.each([
    [10, 'init', []],
    [11, 'descendant', [10]],
    [12, 'descendant', [11, 10]],
    [20, 'exec', []],
    [21, 'exec', [20]],
    [30, 'entered', [31]],
    // A shim of its own for each exec, as podman has: the same file.
    [40, 'exec', []],
  ])('%i: %s', (pid, origin, ancestors) => {
    expect(family(pid)).toEqual({ origin, ancestors });
  });

  it('stays as it was found out for its ancestors', () => {
    expect(family(12, viewOf({}), { originOf: (pid) => (pid === 11 ? 'exec' : undefined) })).toEqual({
      origin: 'exec',
      ancestors: [11, 10],
    });
  });

  it('stays open where orphans go to the shim, or to another container', () => {
    const view = viewOf({});
    const hostPid = { ...view, status: { ...view.status, vpid: 10 } };
    expect(family(20, hostPid).origin).toBeUndefined();
    expect(family(20, hostPid, { isExec: (pid) => pid === 20 }).origin).toBe('exec');
    const joined = {
      ...view,
      facts: { ...view.facts, namespaces: { pid: 'container:x', net: '', ipc: '', uts: '', user: '', cgroup: '' } },
    };
    expect(family(30, joined).origin).toBeUndefined();
  });

  it('stays open when an ancestor is gone, and has an end', () => {
    expect(familyOf({ pid: 50, parent: 51 }, { view: viewOf({}), kin })).toEqual({ ancestors: [51] });
    const circle = familyOf({ pid: 60, parent: 61 }, { view: viewOf({}), kin: { ...kin, parentOf: () => 61 } });
    expect(circle.origin).toBeUndefined();
    expect(circle.ancestors).toHaveLength(16);
  });
});
