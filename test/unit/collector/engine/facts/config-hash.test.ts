import { describe, expect, it } from 'vitest';
import { configHash } from '../../../../../collector/engine/facts/config-hash.ts';
import type { ContainerInspect, HostConfig, ImageInspect } from '../../../../../collector/engine/inspect-types.ts';
import { containerWith, recorded } from '../../../../support/inspect.ts';

const context = { image: undefined, names: new Map<string, string>() };
const hash = (inspect: ContainerInspect) => configHash(inspect, context);
const ofHost = (host: HostConfig) => hash(containerWith(host));
const anonymous = 'a'.repeat(64);

describe('the configuration hash (N9)', () => {
  const { container } = recorded('plain');

  it('is the same for a replacement: another id, name, image, address, label', () => {
    const replacement = {
      ...container,
      Id: 'other',
      Name: '/other',
      Image: 'sha256:other',
      Config: { ...container.Config, Image: 'lab/bb:2', Hostname: 'f00', Labels: {} },
      NetworkSettings: {},
    };
    expect(hash(replacement)).toBe(hash(container));
  });

  it('is another one with one more of anything that counts', () => {
    const { HostConfig, Config } = container;
    const changed: ContainerInspect[] = [
      { ...container, HostConfig: { ...HostConfig, CapAdd: ['CAP_SYS_PTRACE'] } },
      { ...container, HostConfig: { ...HostConfig, Binds: ['/etc:/e'] } },
      { ...container, HostConfig: { ...HostConfig, PidMode: 'host' } },
      { ...container, HostConfig: { ...HostConfig, Memory: 1 } },
      { ...container, Config: { ...Config, User: 'root' } },
      { ...container, Config: { ...Config, Env: ['API_KEY=abc', 'LD_PRELOAD=/tmp/x.so'] } },
      { ...container, Config: { ...Config, Cmd: ['sh'] } },
      { ...container, Config: { ...Config, WorkingDir: '/proc/self/fd/7' } },
      { ...container, Config: { ...Config, Healthcheck: { Test: ['CMD', 'sh'] } } },
    ];
    const hashes = changed.map(hash);
    expect(new Set([...hashes, hash(container)]).size).toBe(changed.length + 1);
  });

  it('does not mind how "nothing" is written, nor members that a newer engine adds', () => {
    expect(ofHost({ CapAdd: null, Binds: [], PidMode: '' })).toBe(ofHost({}));
    const newer: HostConfig & { Novelty: null } = { Novelty: null };
    expect(ofHost(newer)).toBe(ofHost({}));
  });

  it('does not mind volumes without a name, which compose hands on by a generated one', () => {
    expect(ofHost({ Binds: [`${anonymous}:/data:rw`] })).toBe(ofHost({}));
    expect(ofHost({ Mounts: [{ Type: 'volume', Source: anonymous, Target: '/data' }] })).toBe(ofHost({}));
    const hiding = { DriverConfig: { Options: { o: 'bind', device: '/' } } };
    expect(ofHost({ Mounts: [{ Type: 'volume', Target: '/data', VolumeOptions: hiding }] })).not.toBe(ofHost({}));
    expect(ofHost({ Binds: ['data:/data'] })).not.toBe(ofHost({}));
  });

  it('does not mind in which order several binds are given', () => {
    expect(ofHost({ Binds: ['/a:/a', '/b:/b:ro'] })).toBe(ofHost({ Binds: ['/b:/b:ro', '/a:/a'] }));
    expect(ofHost({ Binds: ['/a:/a', '/b:/b:ro'] })).not.toBe(ofHost({ Binds: ['/b:/b', '/a:/a'] }));
  });

  it('names the container that is joined, which has a new id when it is replaced', () => {
    const joined = (id: string, name: string) =>
      configHash(containerWith({ NetworkMode: `container:${id}` }), { image: undefined, names: new Map([[id, name]]) });
    expect(joined('1', 'vpn')).toBe(joined('2', 'vpn'));
    expect(joined('1', 'vpn')).not.toBe(joined('1', 'database'));
  });

  it('leaves out what the image brings, so that a new version of it is no other configuration', () => {
    const version = (number: string): ContainerInspect =>
      containerWith({}, { Config: { Env: [`VERSION=${number}`, 'MINE=1'], Cmd: ['run', number], User: 'app' } });
    const image = (number: string): ImageInspect => ({
      Config: { Env: [`VERSION=${number}`], Cmd: ['run', number], User: 'app' },
    });
    const of = (number: string) => configHash(version(number), { image: image(number), names: new Map() });
    expect(of('1')).toBe(of('2'));
    // Said on the command line it is the container's own.
    expect(configHash(version('2'), { image: image('1'), names: new Map() })).not.toBe(of('1'));
  });
});
