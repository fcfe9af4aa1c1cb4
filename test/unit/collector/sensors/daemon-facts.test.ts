import { describe, expect, it, test } from 'vitest';
import type { EngineInfo, EngineVersion } from '../../../../collector/engine/inspect-types.ts';
import { groupChange, groupIn, groupName } from '../../../../collector/sensors/daemon/accounts.ts';
import { engineFacts, listenersIn } from '../../../../collector/sensors/daemon/info.ts';
import { fileChanges } from '../../../../collector/sensors/daemon/note.ts';
import { isPackaged, packageSumsIn } from '../../../../collector/sensors/daemon/packages.ts';
import { permissionProblems } from '../../../../collector/sensors/daemon/permissions.ts';
import { reloadFacts, settingsIn, settingsOf } from '../../../../collector/sensors/daemon/settings.ts';

/** What a freshly installed engine of Docker's answers. */
const info: EngineInfo = {
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=cgroupns'],
  RegistryConfig: {
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'],
    IndexConfigs: { 'docker.io': { Secure: true } },
    Mirrors: null,
  },
  DefaultRuntime: 'runc',
  Runtimes: { runc: {}, 'io.containerd.runc.v2': {} },
  CgroupVersion: '2',
};
const version: EngineVersion = {
  Version: '29.5.1',
  ApiVersion: '1.54',
  Platform: { Name: 'Docker Engine - Community' },
  Components: [
    { Name: 'Engine', Version: '29.5.1', Details: { GitCommit: 'abcdef1' } },
    { Name: 'containerd', Version: 'v2.2.4', Details: { GitCommit: 'a'.repeat(40) } },
    { Name: 'runc', Version: '1.3.6', Details: { GitCommit: 'v1.3.6-0-gabcdef12' } },
    { Name: 'docker-init', Version: '0.19.0' },
  ],
};

describe('the engine', () => {
  it('as it is installed and patched has nothing of medium or above to say', () => {
    const facts = engineFacts(info, version);
    expect(facts.components).toEqual([]);
    expect(facts.listeners).toEqual([]);
    expect(facts.daemon).toMatchObject({
      version: '29.5.1',
      insecure_registries: [],
      weaknesses: ['no-user-namespaces', 'no-live-restore'],
      security_options: ['apparmor', 'seccomp', 'cgroupns'],
    });
  });

  test.each<[string, Partial<EngineInfo>, string]>([
    ['no seccomp', { SecurityOptions: ['name=apparmor'] }, 'no-seccomp'],
    ['no AppArmor', { SecurityOptions: ['name=seccomp,profile=default'] }, 'no-lsm'],
    ['a net without TLS', { RegistryConfig: { InsecureRegistryCIDRs: ['10.0.0.0/8'] } }, 'insecure-registries'],
    [
      'a registry without TLS',
      { RegistryConfig: { IndexConfigs: { 'r:5000': { Secure: false } } } },
      'insecure-registries',
    ],
    ['experimental features', { ExperimentalBuild: true }, 'experimental'],
  ])('with %s is weaker', (_what, more, weakness) => {
    expect(engineFacts({ ...info, ...more }, version).daemon.weaknesses).toContain(weakness);
  });

  test.each([
    ['of its own', { 'localhost:5000': { Secure: false }, '127.0.0.1:5000': { Secure: false } }],
    ['with TLS', { 'r:5000': { Secure: true } }],
  ])('registries %s are safe', (_what, IndexConfigs) => {
    expect(engineFacts({ ...info, RegistryConfig: { IndexConfigs } }, version).daemon.insecure_registries).toEqual([]);
  });

  it('that says nothing has no version and every weakness that is one by default', () => {
    expect(engineFacts({}, {})).toMatchObject({ daemon: { version: '', runtimes: [] }, components: [] });
  });
});

describe('warnings of the engine', () => {
  test.each([
    [
      'WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n         Access to the remote API is equivalent to root',
      { url: 'http://0.0.0.0:2375', protection: 'none', loopback: false },
    ],
    [
      '[DEPRECATION NOTICE]: API is accessible on http://127.0.0.1:2375 without encryption.',
      { url: 'http://127.0.0.1:2375', protection: 'none', loopback: true },
    ],
    [
      'WARNING: API is accessible on https://[::]:2376 without TLS client verification.',
      { url: 'https://[::]:2376', protection: 'unverified', loopback: false },
    ],
    [
      'WARNING: API is accessible on http://[::1]:2375 without encryption.',
      { url: 'http://[::1]:2375', protection: 'none', loopback: true },
    ],
  ])('%s', (text, listener) => expect(listenersIn([text])).toEqual([listener]));

  it('that speak of something else say nothing', () =>
    expect(listenersIn(['WARNING: No swap limit support'])).toEqual([]));
});

describe('a reload', () => {
  /** Recorded from 20.10.24. */
  const attributes = {
    debug: 'false',
    'default-runtime': 'runc',
    'insecure-registries': '[]',
    labels: '[]',
    'live-restore': 'false',
    'max-concurrent-downloads': '3',
    name: 'vm',
    'registry-mirrors': '[]',
    runtimes: 'io.containerd.runtime.v1.linux:runc io.containerd.runc.v2:runc runc:runc',
  };

  it('that changed nothing differs in nothing, from what /info said too', () => {
    expect(reloadFacts(settingsOf(info), settingsIn(attributes))).toEqual({});
    const again = {
      ...attributes,
      runtimes: 'runc:runc io.containerd.runc.v2:runc io.containerd.runtime.v1.linux:runc',
    };
    expect(reloadFacts(settingsIn(attributes), settingsIn(again))).toEqual({});
  });

  test.each([
    ['insecure-registries', '["reg.local:5000","127.0.0.0/8"]', 'insecure-registries none → reg.local:5000'],
    ['default-runtime', 'evil', 'default-runtime runc → evil'],
    ['live-restore', 'true', 'live-restore false → true'],
    ['registry-mirrors', '["https://mirror.example/"]', 'registry-mirrors none → https://mirror.example'],
  ])('that changed %s says so', (name, value, text) => {
    const now = settingsIn({ ...attributes, [name]: value });
    expect(reloadFacts(settingsOf(info), now)).toEqual({ diff: [name], text });
  });

  it('compares nothing of which only one side is known, and leaves out what permits nothing', () => {
    expect(reloadFacts({}, settingsIn(attributes))).toEqual({});
    expect(settingsIn({ 'max-concurrent-uploads': '5', labels: '[]' })).toEqual({});
  });
});

describe('who may write', () => {
  const root = { uid: 0, gid: 0 };
  test.each([
    ['a socket of the group docker', { kind: 'socket', mode: 0o660, uid: 0, gid: 106 }, []],
    ['a socket of another group', { kind: 'socket', mode: 0o660, uid: 0, gid: 100 }, ['group']],
    ['a socket for everybody', { kind: 'socket', mode: 0o666, ...root }, ['world-writable']],
    ['a socket of a user', { kind: 'socket', mode: 0o600, uid: 1000, gid: 0 }, ['not-roots']],
    ['a socket that the group may only read', { kind: 'socket', mode: 0o640, uid: 0, gid: 100 }, []],
    ['a configuration', { kind: 'configuration', mode: 0o644, ...root }, []],
    ['a configuration of the group root', { kind: 'configuration', mode: 0o664, ...root }, []],
    [
      'a configuration of the group docker',
      { kind: 'configuration', mode: 0o664, uid: 0, gid: 106 },
      ['group-writable'],
    ],
    ['a unit for everybody', { kind: 'unit', mode: 0o646, uid: 1000, gid: 0 }, ['world-writable', 'not-roots']],
  ] as const)('%s', (_what, file, problems) => expect(permissionProblems(file, 106)).toEqual(problems));
});

describe('the group docker', () => {
  const group = 'root:x:0:\ndocker:x:106:ann,bob\nbroken\n';
  const passwd = 'root:x:0:0::/root:/bin/sh\neve:x:1001:106::/home/eve:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n';

  it('has those that are listed and those whose own group it is', () => {
    expect(groupIn(group, passwd, 'docker')).toEqual({ gid: 106, members: ['ann', 'bob', 'eve'] });
    expect(groupIn('', passwd, 'docker')).toBeUndefined();
    expect(groupIn('docker:x:x:ann', passwd, 'docker')).toBeUndefined();
    expect(groupName(group, 106)).toBe('docker');
  });

  test.each([
    [['ann'], ['ann', 'eve'], { gained: ['eve'] }],
    [['ann', 'eve'], ['ann'], { lost: ['eve'] }],
    [['ann'], ['eve'], { gained: ['eve'], lost: ['ann'] }],
  ])('%j → %j', (before, now, change) =>
    expect(groupChange('docker', before, now)).toEqual({ name: 'docker', members: now, ...change }),
  );
  it('that is the same says nothing', () => expect(groupChange('docker', ['ann'], ['ann'])).toBeUndefined());
});

describe('files', () => {
  const file = (hash: string, signature = hash) => ({ signature, hash });
  test.each([
    ['another content', { '/r': file('a') }, { '/r': file('b') }, [['/r', 'content']]],
    ['touched', { '/r': file('a', '1') }, { '/r': file('a', '2') }, []],
    ['new', {}, { '/r': file('a') }, [['/r', 'created']]],
    ['gone', { '/r': file('a') }, {}, [['/r', 'deleted']]],
    ['not readable now', { '/r': file('a') }, { '/r': file('', '2') }, []],
  ])('%s', (_what, before, now, changes) => {
    expect(fileChanges(before, now, true).map(({ path, change }) => [path, change])).toEqual(changes);
  });

  it('at places that were not looked at before are not new', () => {
    expect(fileChanges({ '/old': file('a') }, { '/new': file('b') }, false)).toEqual([]);
    expect(fileChanges({ '/r': file('a') }, { '/r': file('b') }, false)).toHaveLength(1);
  });
});

describe('sums of packages', () => {
  const sum = 'd41d8cd98f00b204e9800998ecf8427e';
  const sums = packageSumsIn(`${sum}  usr/sbin/runc\n${sum}  lib/systemd/system/docker.service\nbroken\n`);
  test.each([
    ['/usr/sbin/runc', sum, true],
    ['/usr/lib/systemd/system/docker.service', sum, true],
    ['/usr/sbin/runc', '0'.repeat(32), false],
    ['/usr/local/sbin/runc', sum, false],
  ])('%s with %s: %s', (path, md5, packaged) => expect(isPackaged(sums, path, md5)).toBe(packaged));
});
