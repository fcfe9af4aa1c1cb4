import { expect, test } from 'vitest';
import { readEnvironment } from '../../../../shared/config/environment.ts';

test('passes on what each piece needs and nothing else', () => {
  const environment = readEnvironment({
    MOORWATCH_BUS: 'kafka',
    MOORWATCH_EMPTY: '',
    DOCKER_HOST: 'tcp://x:2375',
    DOCKER_CONTEXT: '',
    HOME: '/home/me',
    XDG_STATE_HOME: '/state',
    AWS_SECRET_ACCESS_KEY: 'never',
  });
  expect(environment.settings).toEqual({ MOORWATCH_BUS: 'kafka' });
  expect(environment.docker).toEqual({ host: 'tcp://x:2375' });
  expect(environment.xdg).toEqual({ stateHome: '/state' });
  expect(environment.home).toBe('/home/me');
  expect(JSON.stringify(environment)).not.toContain('never');
});

test.each([
  [{}, { no: false, force: false, dumb: false }],
  [{ NO_COLOR: '1' }, { no: true, force: false, dumb: false }],
  [{ NO_COLOR: '' }, { no: false, force: false, dumb: false }],
  [
    { FORCE_COLOR: '1', TERM: 'dumb' },
    { no: false, force: true, dumb: true },
  ],
  [{ FORCE_COLOR: '0' }, { no: false, force: false, dumb: false }],
])('colour wishes of %j', (variables, color) => {
  expect(readEnvironment(variables).color).toEqual(color);
});

test.each([
  [{}, []],
  [{ OTEL_SERVICE_NAME: 'x' }, []],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, ['traces', 'metrics', 'logs']],
  [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://c:4318/v1/logs' }, ['logs']],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }, ['metrics', 'logs']],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }, []],
] as const)('%j sends %j over OTLP', (variables, signals) => {
  const { otel } = readEnvironment(variables);
  expect((['traces', 'metrics', 'logs'] as const).filter((signal) => otel[signal])).toEqual(signals);
});

test('each signal may have its own protocol', () => {
  const { otel } = readEnvironment({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
  });
  expect(otel.protocol).toEqual({ traces: 'grpc', metrics: 'grpc', logs: 'http/json' });
});

test('where logs go: what is said of logs comes before what is said of all signals', () => {
  const { otel } = readEnvironment({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://all.example:4318',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://logs.example/otlp/v1/logs',
    OTEL_EXPORTER_OTLP_HEADERS: 'X-Tenant=a%20b, authorization=Bearer%20t,broken,bad=%zz',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'authorization=Bearer%20logs',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2500',
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem',
    OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key.pem',
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/cert.pem',
  });
  expect(otel.logsTo).toEqual({
    url: 'https://logs.example/otlp/v1/logs',
    headers: { 'x-tenant': 'a b', authorization: 'Bearer logs', bad: '%zz' },
    timeoutMs: 2_500,
    compression: 'gzip',
    ca: '/ca.pem',
    key: '/key.pem',
    cert: '/cert.pem',
  });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem' }, 'http://c:4318'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317' }, 'https://c:4317'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }, 'http://c:4317'],
])('of %j the address of logs is %s', (variables, url) => {
  const { otel } = readEnvironment(variables);
  expect(otel.logsTo).toEqual({ url, path: 'v1/logs', headers: {}, timeoutMs: 10_000, compression: 'none' });
});

test.each([
  [undefined, 4],
  ['', 4],
  ['16', 16],
  ['0', 1],
  ['9999', 1_024],
  ['x', 4],
])('threads of UV_THREADPOOL_SIZE=%s: %i', (size, threads) => {
  expect(readEnvironment(size === undefined ? {} : { UV_THREADPOOL_SIZE: size }).threads).toBe(threads);
});
