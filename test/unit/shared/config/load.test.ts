import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../shared/config/load.ts';
import { configYaml, effectiveSettings, redacted } from '../../../../shared/config/print.ts';
import { UserError } from '../../../../shared/errors.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function problemsOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError && error.code === 78) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('precedence', () => {
  test('defaults < file < environment < flags, member by member', () => {
    const file = write('m.yml', 'feed:\n  port: 1000\n  host: 0.0.0.0\nlog:\n  partitions: 8\n');
    const flags = { values: { feed: { port: 3000 } }, origins: new Map(), problems: [] };
    const environment = { MOORWATCH_FEED_PORT: '2000', MOORWATCH_LOG_RETENTIONHOURS: '1.5' };

    const { config } = loadConfig({ file, environment, flags });

    expect(config.feed).toMatchObject({ port: 3000, host: '0.0.0.0' });
    expect(config.log).toMatchObject({ partitions: 8, retentionHours: 1.5, retentionMegabytes: 1024 });
    expect(config.engine.resyncMs).toBe(60_000);
    expect(Object.isFrozen(config.feed)).toBe(true);
  });

  test('the first candidate that exists is read; a file asked for must exist', () => {
    const found = write('found.yml', 'bus: kafka\n');
    const candidates = [join(directory, 'absent.yml'), found];
    expect(loadConfig({ environment: {}, candidates }).config.bus).toBe('kafka');
    expect(loadConfig({ environment: {}, candidates: [] }).file).toBeUndefined();
    expect(problemsOf(() => loadConfig({ file: '/nowhere/m.yml', environment: {} }))).toContain('/nowhere/m.yml');
    expect(loadConfig({ environment: { MOORWATCH_CONFIG: found } }).file).toBe(found);
  });

  test('an empty file and a section with everything commented out mean defaults', () => {
    expect(loadConfig({ file: write('m.yml', ''), environment: {} }).config.bus).toBe('sqlite');
    expect(loadConfig({ file: write('n.yml', 'feed:\n  # port: 1\n'), environment: {} }).config.feed.port).toBe(7373);
  });
});

describe('environment', () => {
  const load = (environment: Record<string, string>) => loadConfig({ environment, candidates: [] }).config;

  test('letter case and underscores of a name do not matter, text becomes the type of the setting', () => {
    const config = load({
      MOORWATCH_STATE_DIR: '/s',
      MOORWATCH_SENSORS_CONNECTIONS_FAST_MS: '100',
      MOORWATCH_BASELINES_ENABLED: 'no',
      MOORWATCH_RULES_DIRECTORIES: '/a, /b',
      MOORWATCH_KAFKA_BROKERS: 'k1:9092',
    });
    expect(config.stateDir).toBe('/s');
    expect(config.sensors.connections.fastMs).toBe(100);
    expect(config.baselines.enabled).toBe(false);
    expect(config.rules.directories).toEqual(['/a', '/b']);
    expect(config.kafka.brokers).toEqual(['k1:9092']);
  });

  test('_FILE reads the value from a file, but a setting that is itself a path stays a path', () => {
    const held = write('secret', 'tcp://engine:2375\n');
    const config = load({ MOORWATCH_ENGINE_HOST_FILE: held, MOORWATCH_FEED_TOKEN_FILE: '/run/secrets/token' });
    expect(config.engine.host).toBe('tcp://engine:2375');
    expect(config.feed.tokenFile).toBe('/run/secrets/token');
  });

  test('sinks take their name from the variable', () => {
    const config = load({
      MOORWATCH_SINKS_MY_SIEM_TYPE: 'webhook',
      MOORWATCH_SINKS_MY_SIEM_URL: 'https://siem.example/in',
      MOORWATCH_SINKS_MY_SIEM_TIMEOUT_MS: '500',
    });
    const told = { type: 'webhook', url: 'https://siem.example/in', timeoutMs: 500 };
    expect(config.sinks['my-siem']).toEqual({ ...told, format: 'moorwatch' });
  });

  test('mistakes are told with the variable and what was meant', () => {
    const text = problemsOf(() =>
      load({ MOORWATCH_FEED_PROT: '1', MOORWATCH_LOG_PARTITIONS: 'four', MOORWATCH_BUS_FILE: '/nowhere' }),
    );
    expect(text).toContain('environment MOORWATCH_FEED_PROT: unknown setting; did you mean MOORWATCH_FEED_PORT?');
    expect(text).toContain('environment MOORWATCH_LOG_PARTITIONS: log.partitions: must be a number, not text');
    expect(text).toContain('environment MOORWATCH_BUS_FILE: ENOENT');
  });
});

describe('problems', () => {
  test('all are told together, each with line and column', () => {
    const file = write(
      'm.yml',
      [
        'engine:',
        '  hots: unix:///x',
        '  resyncMs: soon',
        'bus: redis',
        'feeed: {}',
        'sinks:',
        '  siem: { type: webhok }',
        '  Bad: { type: file, path: /x }',
        '  f:',
        '    type: file',
      ].join('\n'),
    );
    const text = problemsOf(() => loadConfig({ file, environment: {} }));
    expect(text).toContain(`${file}:2:3: engine.hots: unknown key; did you mean "host"?`);
    expect(text).toContain(`${file}:3:3: engine.resyncMs: must be a number, not text`);
    expect(text).toContain(`${file}:4:1: bus: must be one of sqlite, kafka`);
    expect(text).toContain(`${file}:5:1: feeed: unknown key; did you mean "feed"?`);
    expect(text).toContain(`${file}:7:11: sinks.siem.type:`);
    expect(text).toContain(`${file}:8:3: sinks.Bad: a name must begin with a letter`);
    expect(text).toContain(`${file}:9:3: sinks.f.path: missing (must be text)`);
    expect(text.split('\n')[0]).toBe('the configuration has 7 problems');
  });

  test('syntax errors and double keys have their place', () => {
    const twice = write('d.yml', 'bus: sqlite\nbus: kafka\n');
    expect(problemsOf(() => loadConfig({ file: twice, environment: {} }))).toContain(`${twice}:2:1`);
    const broken = write('b.yml', 'feed:\n  port: [1\n');
    expect(problemsOf(() => loadConfig({ file: broken, environment: {} }))).toMatch(/b\.yml:\d+:\d+/);
    const list = write('l.yml', '- a\n');
    expect(problemsOf(() => loadConfig({ file: list, environment: {} }))).toContain('must be a mapping');
  });

  test('a hostile key cannot reach the terminal', () => {
    const file = write('m.yml', '"\\e[2Jkey": 1\n');
    expect(problemsOf(() => loadConfig({ file, environment: {} }))).not.toContain('\u001b');
  });
});

describe('print', () => {
  test('every value with its origin, secrets left out', () => {
    const file = write(
      'm.yml',
      'engine:\n  host: tcp://me:pw@engine:2375\nsinks:\n  s: { type: webhook, url: "https://h/T/secret" }\n',
    );
    const loaded = loadConfig({ file, environment: { MOORWATCH_FEED_PORT: '1' } });
    const yaml = configYaml(loaded);
    expect(yaml).toContain(`  host: tcp://***@engine:2375 # ${file}:2:3`);
    expect(yaml).toContain('  port: 1 # environment MOORWATCH_FEED_PORT');
    expect(yaml).toContain('bus: sqlite # default');
    expect(yaml).not.toMatch(/pw|secret/);
    expect(effectiveSettings(loaded)).toContainEqual({ path: 'log.partitions', value: 4, origin: 'default' });
  });

  test.each([
    ['https://hooks.example/T0/B0/x', 'https://hooks.example/***'],
    ['https://h.example/?key=1', 'https://h.example/***'],
    ['unix:///var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['not a url', 'not a url'],
  ])('%s is shown as %s', (value, shown) => {
    expect(redacted(value)).toBe(shown);
  });
});

describe('mistakes in the file', () => {
  const problems = (text: string): string => {
    const file = write('m.yml', text);
    return problemsOf(() => loadConfig({ file, environment: {} }));
  };

  test.each([
    ['bus: *x\n', ':1:6: the alias *x names nothing'],
    ['sinks: &a\n  b: *a\n', ':2:6: the alias *a stands inside what it names'],
    [`a: &a [1]\nb: &b [${'*a,'.repeat(9)}*a]\nc: [${'*b,'.repeat(50)}*b]\n`, 'm.yml:2:8: Excessive alias count'],
    ['a: [\n', 'm.yml:2:1: '],
  ])('%j is told with its place', (text, expected) => {
    expect(problems(text)).toContain(expected);
  });

  test.each([
    ['feed: { port: 99999 }', 'feed.port: must be at most 65535'],
    ['feed: { port: .nan }', 'feed.port: must be a number, not NaN'],
    ['feed: { port: 1.5 }', 'feed.port: must be a whole number'],
    ['feed: { port: many }', 'feed.port: must be a number, not text'],
    ['log: { retentionHours: 0 }', 'log.retentionHours: must be more than 0'],
    ['baselines: { newProbability: 1 }', 'baselines.newProbability: must be less than 1'],
    ['kafka: { brokers: [] }', 'kafka.brokers: must have at least 1 entries'],
    ['bus: nats', 'bus: must be one of sqlite, kafka'],
    ['sinks: { a: { type: telegram } }', 'sinks.a.type: unknown or missing type; must be one of webhook, file, '],
    [
      'sinks: { slack: { type: file, path: x } }\nroutes: [{ to: [slack, slak] }]',
      ':2:24: routes.0.to.1: no sink of incidents has this name; did you mean "slack"?',
    ],
    [
      'sinks: { slack: { type: file, path: x } }\nroutes: [{ to: [elsewhere] }]',
      ':2:17: routes.0.to.0: no sink of incidents has this name; there are: slack, otel',
    ],
    ['routes: [{ to: [otel], severty: low }]', ':1:24: routes.0.severty: unknown key; did you mean "severity"?'],
    [
      'sinks: { a: { type: syslog, url: "tcp://h:514", host: h } }',
      'sinks.a.host: unknown key; known here: type, url, timeoutMs, ca,',
    ],
    [
      'sinks: { a: { type: email, hots: h, from: a@b.example, to: [c@d.example] } }',
      'sinks.a.hots: unknown key; did you mean "host"?',
    ],
    ['routes: []', 'routes: must have at least 1 entries'],
    ['sinks: { a: { type: file } }', 'sinks.a.path: missing (must be text)'],
    ['sinks: { a: { type: webhook, url: x } }', 'sinks.a.url: must be an address such as'],
    ['sinks: { a: { type: syslog, url: "tcp://h:99999" } }', 'sinks.a.url: must be udp://, tcp:// or tls:// with host'],
    ['sinks: { a: { type: cef, url: "tls://me:pw@h:6514" } }', 'sinks.a.url: must be udp://, tcp:// or tls:// with'],
    ['sinks: { a: { type: cef, url: "tcp://h:514", ca: x } }', 'sinks.a.ca: only with a tls:// address'],
    [
      'sinks: { a: { type: syslog, url: "tls://h", key: x } }',
      'sinks.a.cert: cert and key go together: one is missing',
    ],
    ['sinks: { a: { type: syslog, url: "udp://h", maxBytes: 9 } }', 'sinks.a.maxBytes: must be at least 1024'],
    ['feed: 3', 'feed: must be a section with settings of its own, not a number'],
  ])('%s in plain words', (text, expected) => {
    expect(problems(text)).toContain(expected);
  });
});
