import { describe, expect, it } from 'vitest';
import { containerFacts } from '../../../../../collector/engine/facts/container.ts';
import { isWithinOrAbove } from '../../../../../collector/engine/facts/engine-data.ts';
import { dangerousVariables } from '../../../../../collector/engine/facts/env.ts';
import { logFacts } from '../../../../../collector/engine/facts/log.ts';
import { ownerFacts } from '../../../../../collector/engine/facts/owner.ts';
import type { MountFacts } from '../../../../../shared/observation.ts';
import { containerWith, factsOf, noAnswers } from '../../../../support/inspect.ts';

describe('variables that change what runs', () => {
  it.each([
    ['LD_PRELOAD=/tmp/x.so', true],
    ['LD_PRELOAD=', false],
    ['LD_AUDIT=/x.so', true],
    ['LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/cuda/lib64', false],
    ['LD_LIBRARY_PATH=/opt/conda/lib:', false],
    ['LD_LIBRARY_PATH=/usr/../tmp', true],
    ['LD_LIBRARY_PATH=:/usr/lib', true],
    ['LD_LIBRARY_PATH=/tmp', true],
    ['NODE_OPTIONS=--max-old-space-size=4096', false],
    ['NODE_OPTIONS=--trace-warnings --require /tmp/x.js', true],
    ['DOCKER_HOST=unix:///run/docker.sock', false],
    ['DOCKER_HOST=tcp://10.0.0.1:2375', true],
    ['MY_LD_PRELOAD=/x', false],
    ['LD_PRELOAD', false],
  ])('%s → %s', (entry, expected) => {
    expect(dangerousVariables(['PATH=/bin', entry])).toHaveLength(expected ? 1 : 0);
  });
});

describe('where logs go', () => {
  it.each([
    ['json-file', {}, undefined, false],
    ['syslog', { 'syslog-address': 'unixgram:///dev/log' }, undefined, false],
    ['syslog', { 'syslog-address': 'tcp://10.0.0.5:514' }, '10.0.0.5', false],
    ['syslog', { 'syslog-address': 'udp://[2001:4860:4860::8888]:514' }, '2001:4860:4860::8888', true],
    ['gelf', { 'gelf-address': 'udp://logs.lan:12201' }, 'logs.lan', false],
    ['fluentd', { 'fluentd-address': 'fluentd:24224' }, 'fluentd', false],
    ['splunk', { 'splunk-url': 'https://user:secret@Logs.example.com:8088/x@y' }, 'logs.example.com', true],
    ['fluentd', { 'fluentd-address': '203.0.113.9:24224' }, '203.0.113.9', true],
    ['fluentd', { 'fluentd-address': '8.8.8.8:24224' }, '8.8.8.8', true],
  ])('%s %j → %s, foreign: %s', (Type, Config, address, foreign) => {
    const expected = { driver: Type, foreign, ...(address === undefined ? {} : { address }) };
    expect(logFacts({ Type, Config })).toEqual(expected);
  });

  it('is not known of an engine that does not say', () => {
    expect(logFacts(undefined)).toEqual({ driver: '', foreign: false });
  });
});

describe('engine data', () => {
  it.each([
    ['/var/lib/docker/containers', true],
    ['/var/lib', true],
    ['/', true],
    ['/var/run/docker', true],
    ['/var/lib/dockerish', false],
    ['/run/docker.sock', false],
  ])('%s → %s', (path, expected) => {
    expect(isWithinOrAbove(path, ['/var/lib/docker', '/run/docker'])).toBe(expected);
  });
});

describe('what a container is by its objects', () => {
  it('is the worst of its mounts, and the classes of its devices', () => {
    const mount = (severity?: MountFacts['severity']) => ({
      key: 'm',
      mount: { type: 'bind', ...(severity && { severity }) } as unknown as MountFacts,
    });
    expect(ownerFacts([mount('low'), mount('high'), mount()])).toMatchObject({ mounts_severity: 'high' });
    expect(ownerFacts([mount()])).toEqual({ device_classes: [] });
  });
});

describe('container facts', () => {
  it('of limits, hosts, cgroup version and users', () => {
    const host = {
      OomKillDisable: true,
      OomScoreAdj: -5,
      Ulimits: [{ Name: 'CORE', Soft: -1, Hard: -1 }],
      ExtraHosts: ['Metadata.internal:10.0.0.9'],
      UsernsMode: 'host',
    };
    const inspect = { ...containerWith(host), Path: 'sh', Args: ['-c', 'id'] };
    expect(factsOf(inspect)).toMatchObject({
      command_line: 'sh -c id',
      limits: { oom_kill_disabled: true, oom_score_adj: -5, core_unlimited: true },
      extra_hosts: ['metadata.internal:10.0.0.9'],
      userns_opted_out: false,
      cgroup_version: '',
    });
    const info = { CgroupVersion: '2', SecurityOptions: ['name=seccomp,profile=default', 'name=userns'] };
    expect(containerFacts(inspect, { ...noAnswers, info })).toMatchObject({
      userns_opted_out: true,
      cgroup_version: '2',
    });
  });
});
