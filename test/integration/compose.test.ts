import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentSource, variableOf } from '../../shared/config/environment-source.ts';
import { configKeys } from '../../shared/config/keys.ts';
import { type Compose, parseCompose } from '../support/compose-run.ts';

const repository = join(import.meta.dirname, '../..');
const source = readFileSync(join(repository, 'docker-compose.yml'), 'utf8');
const compose: Compose = parseCompose(source);
const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
const ours = Object.entries(compose.services).filter(([, { image }]) => image === 'moorwatch');

test('an unknown key of a service is told, so the file says only what compose knows', () => {
  expect(() => parseCompose(source.replace('read_only:', 'readonly:'))).toThrow(/readonly/);
});

test('every service names networks and volumes that exist, and depends on services above it', () => {
  const seen: string[] = [];
  for (const [name, service] of Object.entries(compose.services)) {
    for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
    for (const volume of service.volumes.filter((one) => /^[a-z]/.test(one)))
      expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    for (const needed of service.depends_on) expect(seen).toContain(needed);
    seen.push(name);
  }
});

test('the engine socket is given to the proxy alone, which no other network reaches; only the monitor listens', () => {
  const with_ = (found: (service: Compose['services'][string]) => boolean): string[] =>
    Object.entries(compose.services)
      .filter(([, service]) => found(service))
      .map(([name]) => name);
  expect(with_(({ volumes }) => volumes.some((volume) => volume.includes('docker.sock')))).toEqual(['socket-proxy']);
  expect(with_(({ ports }) => ports.length > 0)).toEqual(['monitor']);
  expect(compose.services.monitor?.networks).not.toContain('engine');
  expect(compose.services.monitor?.ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
  expect(compose.networks.engine?.internal).toBe(true);
});

test('nothing runs with capabilities, with new privileges or on a root file system that it can write', () => {
  for (const service of Object.values(compose.services)) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], cap_add: [] });
    expect(service.security_opt).toContain('no-new-privileges:true');
  }
  for (const [, { user }] of ours) expect(user).toBeUndefined();
  expect(dockerfile).toMatch(/^USER 10001:10001$/m);
});

test('variables of the Dockerfile and of the compose file are settings, spelled as the documentation has them', () => {
  const set = ours.flatMap(([, { environment }]) => Object.entries(environment));
  for (const [, name = '', value = ''] of dockerfile.matchAll(/^ENV (\w+)=(.*)$/gm)) set.push([name, value]);
  const settings = Object.fromEntries(set.filter(([name]) => name.startsWith('MOORWATCH_')));
  expect(Object.keys(settings).length).toBeGreaterThan(2);
  const { problems } = environmentSource(settings, () => {
    throw new Error('no file is named');
  });
  expect(problems).toEqual([]);
  const documented = configKeys().map(({ path }) => variableOf(path));
  for (const name of Object.keys(settings)) expect(documented).toContain(name);
});
