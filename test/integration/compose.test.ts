import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environmentSource, variableOf } from '../../shared/config/environment-source.ts';
import { configKeys } from '../../shared/config/keys.ts';
import { composeDocument, parseCompose, type Service, servicesOf } from '../support/compose-run.ts';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const source = read('docker-compose.yml');
const dockerfile = read('Dockerfile');
const everything = { OTLP_ENDPOINT: 'http://otel:4318', SIEM_WEBHOOK_URL: 'http://opensearch:9200/x' };
const compose = parseCompose(source, everything);
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'moorwatch');
const namesOf = (found: (service: Service) => boolean): string[] =>
  services.filter(([, service]) => found(service)).map(([name]) => name);

test('the file is valid by the JSON schema of the Compose Specification', () => {
  const schema = JSON.parse(read('test/fixtures/compose-spec/compose-spec.json')) as object;
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const isValid = ajv.compile(schema);
  isValid(composeDocument(source));
  expect(isValid.errors).toBeNull();
  for (const [said, wrong] of [
    ['read_only:', 'readonly:'],
    ['pids_limit: 128', 'pids_limit: [128]'],
    ['condition: service_healthy', 'condition: service_well'],
  ] as const) {
    expect(source).toContain(said);
    expect(isValid(composeDocument(source.replaceAll(said, wrong)))).toBe(false);
  }
});

test('an unknown key of a service is told, so the file says only what is run in the tests', () => {
  expect(() => parseCompose(source.replace('read_only:', 'readonly:'))).toThrow(/readonly/);
  expect(() => parseCompose(source.replace('build: .', 'build: $x'))).toThrow(/form of variable/);
});

test('the profiles start what they say, and nothing starts beside them', () => {
  const started = (profile: string): string[] => servicesOf(compose, [profile]).map(([name]) => name);
  expect(started('one-host').sort()).toEqual(['collector', 'monitor', 'socket-proxy']);
  expect(started('kafka').sort()).toEqual(
    ['alerting-1', 'alerting-2', 'analyzer', 'broker', 'collector-kafka', 'kafka-setup', 'socket-proxy'].sort(),
  );
  expect(started('otel')).toEqual(['otel']);
  expect(started('siem')).toEqual(['opensearch', 'siem-setup']);
  expect(compose.services.analyzer?.deploy?.replicas).toBe(2);
  const chosen = /^COMPOSE_PROFILES=(.*)$/m.exec(read('.env'));
  expect(chosen?.[1]).toBe('one-host');
});

test('.env names every variable of the file, and sets none but the profile', () => {
  const named = new Set([...source.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
  const env = read('.env');
  for (const name of named) expect(env).toMatch(new RegExp(`^#${name}=`, 'm'));
  expect([...env.matchAll(/^(\w+)=/gm)].map(([, name]) => name)).toEqual(['COMPOSE_PROFILES']);
  // Otherwise a sink without an address would be configured.
  const { monitor } = parseCompose(source).services;
  expect(monitor?.environment).toMatchObject({ MOORWATCH_SINKS_SIEM_TYPE: '', MOORWATCH_SINKS_SIEM_URL: '' });
});

test('every service names networks, volumes, secrets and files that exist', () => {
  for (const [, service] of services) {
    for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
    for (const secret of service.secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    for (const volume of service.volumes) {
      const [from = ''] = volume.split(':');
      if (from.startsWith('./')) expect(existsSync(join(repository, from))).toBe(true);
      if (/^[a-z]/.test(from)) expect(Object.keys(compose.volumes)).toContain(from);
    }
  }
});

test('the engine socket is given to the proxy alone, which only the collectors reach', () => {
  expect(namesOf(({ volumes }) => volumes.some((volume) => volume.includes('docker.sock')))).toEqual(['socket-proxy']);
  expect(namesOf(({ networks }) => networks.includes('engine'))).toEqual([
    'socket-proxy',
    'collector',
    'collector-kafka',
  ]);
  expect(compose.services['socket-proxy']?.networks).toEqual(['engine']);
  expect(namesOf(({ volumes, pid }) => pid === 'host' || volumes.some((volume) => volume.startsWith('/:')))).toEqual([
    'collector',
    'collector-kafka',
  ]);
});

test('only monitor and alerting are published, on loopback; the broker is reached by the parts alone', () => {
  expect(namesOf(({ ports }) => ports.length > 0)).toEqual(['monitor', 'alerting-1', 'alerting-2']);
  for (const [, { ports }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:7373$/);
  const open = Object.entries(compose.networks).filter(([, { internal }]) => !internal);
  expect(open.map(([name]) => name)).toEqual(['feed', 'outside']);
  expect(namesOf(({ networks }) => networks.includes('feed'))).toEqual(['monitor', 'alerting-1', 'alerting-2']);
  expect(namesOf(({ networks }) => networks.includes('outside'))).toEqual(['otel']);
  expect(compose.services.broker?.networks).toEqual(['broker']);
  expect(namesOf(({ networks }) => networks.includes('broker'))).toEqual([
    'broker',
    'kafka-setup',
    'collector-kafka',
    'analyzer',
    'alerting-1',
    'alerting-2',
  ]);
});

test('nothing runs with capabilities, with new privileges or on a root file system that it can write', () => {
  for (const [, service] of services) {
    expect(service).toMatchObject({ cap_drop: ['ALL'], cap_add: [] });
    expect(service.security_opt).toContain('no-new-privileges:true');
  }
  expect(namesOf(({ read_only }) => !read_only)).toEqual(['opensearch']);
  expect(namesOf(({ user }) => user !== undefined)).toEqual(['socket-proxy']);
  expect(dockerfile).toMatch(/^USER 10001:10001$/m);
});

test('every service has a health check but those that cannot or end, rotates its log, and ours have time to drain', () => {
  const unchecked = namesOf(({ healthcheck }) => healthcheck === undefined || 'disable' in healthcheck);
  expect(unchecked).toEqual(['kafka-setup', 'otel', 'siem-setup']);
  for (const [, { logging }] of services) expect(Object.keys(logging.options)).toEqual(['max-size', 'max-file']);
  for (const [, { stop_grace_period }] of ours)
    expect(Number.parseInt(stop_grace_period ?? '', 10)).toBeGreaterThan(12);
});

test('variables of the Dockerfile and of the compose file are settings, spelled as the documentation has them', () => {
  const set = ours.flatMap(([, { environment }]) => Object.entries(environment));
  for (const [, name = '', value = ''] of dockerfile.matchAll(/^ENV (\w+)=(.*)$/gm)) set.push([name, value]);
  const settings = Object.fromEntries(set.filter(([name]) => name.startsWith('MOORWATCH_')));
  expect(Object.keys(settings).length).toBeGreaterThan(10);
  const { problems } = environmentSource(settings, () => {
    throw new Error('no file is named');
  });
  expect(problems).toEqual([]);
  const documented = configKeys().map(({ path }) => variableOf(path));
  for (const name of Object.keys(settings)) expect(documented).toContain(name.replace('SINKS_SIEM', 'SINKS_<NAME>'));
});

test('no variable holds a secret: the password and the token come from files', () => {
  for (const [, { environment }] of services)
    for (const name of Object.keys(environment)) if (/PASSWORD|TOKEN/.test(name)) expect(name).toMatch(/_FILE$/);
  for (const name of ['alerting-1', 'alerting-2'])
    expect(compose.services[name]).toMatchObject({
      secrets: ['kafka-alerting-password', 'feed-token'],
      environment: { MOORWATCH_FEED_TOKEN_FILE: '/run/secrets/feed-token' },
    });
});

test('each part over Kafka logs in as itself, holds no password but its own and makes no topics; only kafka-setup holds them all', () => {
  const parts = {
    'collector-kafka': 'collector',
    analyzer: 'analyzer',
    'alerting-1': 'alerting',
    'alerting-2': 'alerting',
  };
  for (const [name, user] of Object.entries(parts)) {
    const { environment = {}, secrets = [] } = compose.services[name] ?? {};
    expect(environment).toMatchObject({
      MOORWATCH_KAFKA_TOPICS: 'check',
      MOORWATCH_KAFKA_SASL_USERNAME: user,
      MOORWATCH_KAFKA_SASL_PASSWORD_FILE: `/run/secrets/kafka-${user}-password`,
    });
    expect(secrets.filter((secret) => secret.startsWith('kafka-'))).toEqual([`kafka-${user}-password`]);
  }
  expect(namesOf(({ secrets }) => secrets.includes('kafka-admin-password'))).toEqual(['kafka-setup']);
  expect(namesOf(({ secrets }) => secrets.includes('kafka-broker-login'))).toEqual(['broker']);
  expect(compose.services.broker?.environment).toMatchObject({ KAFKA_SUPER_USERS: 'User:admin;User:ANONYMOUS' });
});

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('secrets.sh makes every secret once, for the user of its container alone', () => {
  const make = (): string => execFileSync(join(repository, 'compose/secrets.sh'), [directory], { encoding: 'utf8' });
  const secret = (name: string): string => readFileSync(join(directory, name), 'utf8');
  make();
  const passwords = ['admin', 'collector', 'analyzer', 'alerting'].map((name) => `kafka-${name}-password`);
  const users = {
    ...Object.fromEntries(passwords.map((name) => [name, 10_001])),
    'kafka-broker-login': 1_000,
    'feed-token': 10_001,
  };
  expect(Object.values(compose.secrets).map(({ file }) => file.replace('./compose/secrets/', ''))).toEqual(
    Object.keys(users),
  );
  for (const [name, uid] of Object.entries(users)) {
    const { mode, uid: owner } = statSync(join(directory, name));
    expect([name, mode & 0o777, owner]).toEqual([name, 0o400, uid]);
  }
  const made = [...passwords, 'feed-token'].map(secret);
  for (const one of made) expect(one).toMatch(/^[\w-]{43}$/);
  expect(new Set(made).size).toBe(made.length);
  expect(secret('kafka-broker-login')).toContain(`user_admin="${secret('kafka-admin-password')}";`);
  expect(make()).toBe('');
  expect([...passwords, 'feed-token'].map(secret)).toEqual(made);
});
