import { describe, expect, it } from 'vitest';
import { configuration } from '../../../../../analyzer/baselines/features/configuration.ts';
import type { HostConfig } from '../../../../../collector/engine/inspect-types.ts';
import type { ContainerFacts, Observation } from '../../../../../shared/observation.ts';
import { snapshot } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings } from '../../../../support/analyzer/play.ts';
import { containerWith, factsOf, recorded } from '../../../../support/inspect.ts';

const [base] = snapshot('c1', 1);
const of = (container: ContainerFacts): Observation => ({ ...(base as Observation), container });
const texts = (observation: Observation): readonly string[] =>
  configuration.learns(observation, {}).map(({ text }) => text);
const settings = (container: ContainerFacts): readonly string[] => texts(of(container));
const plain = recorded('plain').container;
const made = (host: HostConfig) => settings(factsOf(containerWith({ ...plain.HostConfig, ...host })));
const isNew = (host: HostConfig) => made(host).filter((setting) => !made({}).includes(setting));

describe('settings of a container', () => {
  it('are those of a recorded one, one by one, also what it does without', () => {
    expect(settings(factsOf(plain))).toEqual([
      'cap_drop=nothing',
      'user=root',
      'no_new_privileges=no',
      'read_only=no',
      'network_mode=none',
      'cgroup=host',
      'memory=limited',
      'cpus=limited',
      'pids=limited',
      'network=none',
      'runtime=runc',
      'restart=on-failure',
      'log=json-file',
    ]);
  });

  it.each<[string, HostConfig, readonly string[]]>([
    ['a capability', { CapAdd: ['NET_ADMIN'] }, ['cap_add=NET_ADMIN']],
    ['two', { CapAdd: ['SYS_TIME', 'NET_ADMIN'] }, ['cap_add=NET_ADMIN', 'cap_add=SYS_TIME']],
    ['what is dropped', { CapDrop: ['NET_RAW', 'CHOWN'] }, ['cap_drop=CHOWN NET_RAW']],
    ['privileged', { Privileged: true }, ['privileged']],
    ['the host’s network', { NetworkMode: 'host' }, ['network_mode=host']],
    ['the host’s processes', { PidMode: 'host' }, ['pid=host']],
    ['no seccomp', { SecurityOpt: ['seccomp=unconfined'] }, ['seccomp=unconfined']],
    ['a sysctl', { Sysctls: { 'net.ipv4.ip_forward': '1' } }, ['sysctl=net.ipv4.ip_forward']],
    ['no limit', { Memory: 0 }, ['memory=unlimited']],
    ['always again', { RestartPolicy: { Name: 'always' } }, ['restart=always']],
    ['a device rule', { DeviceCgroupRules: ['c 188:* rwm'] }, ['device_rule=c 188:* rwm']],
  ])('say in words what is new: %s', (_what, host, expected) => {
    expect(isNew(host)).toEqual(expected);
  });

  it('have all capabilities as one, so that one container is not told forty times', () => {
    const [all, ...more] = isNew({ CapAdd: ['ALL'] });
    expect(all).toMatch(/^cap_add=41 capabilities \(AUDIT_CONTROL /);
    expect(more).toEqual([]);
  });

  it('are the same for another limit, image, name, label and time', () => {
    const facts = factsOf(containerWith({ ...plain.HostConfig, Memory: 1_000_000 }));
    const image = { ...facts.image, id: 'sha256:2', name: 'lab/bb:2', tag: '2' };
    const other = { ...facts, image, name: 'd', label_keys: ['a'], age_s: 5, config_hash: 'other' };
    const limits = { ...(facts.limits as NonNullable<ContainerFacts['limits']>), memory: 2_000_000 };
    expect(settings({ ...other, limits })).toEqual(settings(facts));
  });

  it('leave out a dangerous variable that the image itself sets', () => {
    const facts = { ...factsOf(plain), env_dangerous: ['LD_PRELOAD'] };
    expect(settings(facts)).toContain('env=LD_PRELOAD');
    expect(settings({ ...facts, image: { ...facts.image, env_keys: ['LD_PRELOAD'] } })).not.toContain('env=LD_PRELOAD');
  });

  it('are bounded, whatever was written', () => {
    const networks = Array.from({ length: 5_000 }, (_, index) => ({ name: `${index}-${'x'.repeat(9_999)}`, id: '' }));
    const found = settings({ ...factsOf(plain), networks });
    expect(found.length).toBeLessThan(100);
    expect(Math.max(...found.map(({ length }) => length))).toBeLessThan(300);
  });
});

describe('settings of its objects', () => {
  const [, mountObject] = snapshot('c1', 1, { mounts: { '/var/run/docker.sock': '/var/run/docker.sock' } });
  const object = (more: Partial<Observation>): readonly string[] => {
    const { mount: _mount, ...rest } = mountObject as Observation;
    return texts({ ...rest, ...more });
  };
  const mount = (more: Partial<NonNullable<Observation['mount']>>) =>
    object({ mount: { ...(mountObject?.mount as NonNullable<Observation['mount']>), ...more } });

  it('are told of the object alone, not the whole container once more', () => {
    expect(texts(mountObject as Observation)).toEqual(['mount /var/run/docker.sock at /var/run/docker.sock rw']);
  });

  it('are another setting for writing, another place, or sharing what is mounted later', () => {
    const all = [{}, { rw: false }, { destination: '/d' }, { source: '/other' }, { propagation: 'rshared' }].map(mount);
    expect(new Set(all.flat()).size).toBe(all.length);
  });

  it('name a volume, wherever the engine keeps it, and take all that nobody named for one', () => {
    const volume = { type: 'volume', source: '/var/lib/docker/volumes/v/_data', destination: '/data' };
    expect(mount({ ...volume, volume: 'v', driver: 'local' })).toEqual(['mount volume v at /data rw']);
    const anonymous = (digit: string) => mount({ ...volume, source: `/x/${digit}`, volume: digit.repeat(64) });
    expect(anonymous('a')).toEqual(anonymous('b'));
  });

  it('are published ports, devices and namespaces of others', () => {
    const port = { container_port: 80, protocol: 'tcp', host_ip: '0.0.0.0', host_port: 8_080 };
    expect(object({ port })).toEqual(['port 0.0.0.0:8080 to 80/tcp']);
    expect(object({ port: { ...port, host_port: 0 } })).toEqual(['port 0.0.0.0:any to 80/tcp']);
    const device = {
      path: '/dev/kvm',
      path_in_container: '/dev/kvm',
      permissions: 'rwm',
      resolved: true,
      class: 'kvm',
    };
    expect(object({ device })).toEqual(['device /dev/kvm rwm']);
    const target = { id: 'x', name: 'vpn', image: 'vpn:1' };
    const join = { type: 'net', target, target_more_privileged: false, other_project: false } as const;
    expect(object({ namespace_join: join })).toEqual(['net=container vpn']);
    expect(object({ namespace_join: { ...join, target: { ...target, id: 'y', image: 'vpn:2' } } })).toEqual(
      object({ namespace_join: join }),
    );
  });
});

describe('a workload that has learned its settings', () => {
  const learned = () => {
    const play = createPlay();
    for (let at = 1; at <= 4; at += 1) play.batch(snapshot(`c${at}`, at, { age: 1, mounts: { '/data': '/srv/data' } }));
    return play;
  };

  it('is told exactly what is new, once, and learns the same before and after a start', () => {
    const play = learned();
    const mounts = { '/data': '/srv/data', '/run/docker.sock': '/var/run/docker.sock' };
    const told = (id: string, at: number, look: Parameters<typeof snapshot>[2]) =>
      findings(play.batch(snapshot(id, at, look))).filter(({ kind }) => kind === 'deviation');
    expect(told('c5', 10, { mounts: { '/data': '/srv/data' } })).toEqual([]);
    const [finding, ...more] = told('c6', 11, { mounts });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'low',
      summary:
        'docker.io/library/nginx was given mount /var/run/docker.sock at /run/docker.sock rw, which none of its containers had before',
    });
    expect(told('c7', 12, { mounts })).toEqual([]);
  });

  it('is told nothing of a newer image', () => {
    const play = learned();
    const look = { image: 'sha256:2', mounts: { '/data': '/srv/data' } };
    expect(findings(play.batch(snapshot('c5', 10, look)))).toEqual([]);
  });
});
