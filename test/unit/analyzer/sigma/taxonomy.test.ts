import { expect, test } from 'vitest';
import { taxonomy } from '../../../../analyzer/sigma/taxonomy.ts';
import { event } from './language/rules.ts';

const everything = {
  kind: 'process',
  event: { source: 'event', action: 'exec_start' },
  host: { id: 'h', name: 'node-1' },
  process: {
    pid: 7,
    name: 'curl',
    executable: '/usr/bin/curl',
    args: ['curl', '-s'],
    command_line: 'curl -s',
    working_directory: '/srv',
    user: { name: 'app', id: 1000 },
    parent: { pid: 1, executable: '/bin/sh', command_line: 'sh -c x' },
  },
  source: { ip: '10.0.0.2', port: 40_000 },
  destination: { ip: '10.0.0.3', port: 443, domain: 'db.example' },
  network: { transport: 'tcp', direction: 'egress' },
  container: {
    id: 'c',
    name: 'web',
    image: { name: 'nginx' },
    command: ['nginx', '-g'],
    privileged: false,
    caps: { added: ['CAP_BPF'] },
  },
  mount: { source: '/srv', destination: '/data' },
  file: { path: '/etc/crontab' },
  dns: { question: { name: 'api.example.com', type: 'TXT' } },
};

const read = (name: string, members: Readonly<Record<string, unknown>>): unknown =>
  taxonomy.get(name)?.(event(members));

test.each([
  ['Image', '/usr/bin/curl'],
  ['OriginalFileName', 'curl'],
  ['CommandLine', 'curl -s'],
  ['User', ['app']],
  ['ProcessId', 7],
  ['CurrentDirectory', '/srv'],
  ['ParentImage', '/bin/sh'],
  ['ParentCommandLine', 'sh -c x'],
  ['ParentProcessId', 1],
  ['TargetFilename', '/etc/crontab'],
  ['SourceIp', '10.0.0.2'],
  ['SourcePort', 40_000],
  ['DestinationIp', '10.0.0.3'],
  ['DestinationPort', 443],
  ['DestinationHostname', 'db.example'],
  ['QueryName', 'api.example.com'],
  ['query', 'api.example.com'],
  ['record_type', 'TXT'],
  ['Protocol', 'tcp'],
  ['Initiated', true],
  ['Computer', 'node-1'],
  ['EventType', 'exec_start'],
  ['Action', 'exec_start'],
  ['ContainerId', 'c'],
  ['ContainerName', 'web'],
  ['ContainerImage', 'nginx'],
  ['ContainerCommandLine', 'nginx -g'],
  ['Privileged', false],
  ['CapAdd', ['CAP_BPF']],
  ['MountSource', '/srv'],
  ['MountDestination', '/data'],
])('%s', (name, value) => {
  expect(read(name, everything)).toEqual(value);
});

test('every name is covered above, and none finds anything where nothing is', () => {
  const bare = { kind: 'gap', event: { source: 'monitor', action: undefined }, host: { id: 'h' } };
  for (const name of taxonomy.keys()) {
    expect(read(name, everything), name).toBeDefined();
    expect(read(name, bare), name).toBeUndefined();
  }
});

test('an exec stands in for its process', () => {
  const exec = { args: ['curl', '-s'], command: 'curl -s', user: '0', uid: 0, privileged: true };
  const { process: _process, ...without } = everything;
  expect(read('CommandLine', { ...without, exec })).toBe('curl -s');
  // Where PATH found it nobody has seen: it answers as a file, of no directory.
  expect(read('Image', { ...without, exec })).toEqual(['curl', '…/curl']);
  expect(read('Image', { ...without, exec: { ...exec, args: ['/bin/curl'] } })).toEqual(['/bin/curl']);
  expect(read('Image', { ...without, exec: { ...exec, args: [] } })).toBeUndefined();
  expect(read('User', { ...without, exec })).toEqual(['0', 'root']);
  expect(read('User', { ...without, exec: { ...exec, user: 'root' } })).toEqual(['root']);
  expect(read('Privileged', { ...without, exec })).toBe(true);
});
