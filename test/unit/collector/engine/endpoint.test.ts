import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseEndpoint, unreachable } from '../../../../collector/engine/endpoint.ts';
import { UserError } from '../../../../shared/errors.ts';

let home: string;
let server: Server | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'moorwatch-endpoint-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

function context(name: string, endpoint: object, tls = false): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker/contexts/meta', id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: endpoint } }));
  if (!tls) return;
  const files = join(home, '.docker/contexts/tls', id, 'docker');
  mkdirSync(files, { recursive: true });
  for (const file of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(files, file), file);
}
const current = (name: string): void => {
  mkdirSync(join(home, '.docker'), { recursive: true });
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ currentContext: name }));
};

describe('the engine is chosen as docker chooses it', () => {
  it('flag, then DOCKER_HOST, then DOCKER_CONTEXT, then the current context', () => {
    context('remote', { Host: 'tcp://10.0.0.1:2375' });
    context('other', { Host: 'tcp://10.0.0.2' });
    current('remote');
    const all = { host: 'unix:///flag', dockerHost: 'unix:///environment', dockerContext: 'other', home };
    expect(chooseEndpoint(all)).toMatchObject({ address: 'unix:///flag', how: 'engine.host' });
    expect(chooseEndpoint({ ...all, host: undefined })).toMatchObject({ how: 'DOCKER_HOST' });
    expect(chooseEndpoint({ dockerContext: 'other', home })).toMatchObject({
      how: 'context other',
      endpoint: { kind: 'tcp', host: '10.0.0.2', port: 2375 },
    });
    expect(chooseEndpoint({ home, dockerHost: '', dockerContext: '' })).toMatchObject({ how: 'context remote' });
  });

  it('then the first socket that is there; else it says all that it looked at', async () => {
    const runtimeDir = join(home, 'run');
    mkdirSync(runtimeDir);
    const path = join(runtimeDir, 'docker.sock');
    const none = chooseEndpoint({ home: join(home, 'nobody'), runtimeDir: join(home, 'nowhere') });
    expect(none.tried).toContain(`unix://${join(home, 'nowhere', 'docker.sock')}`);
    server = createServer();
    await new Promise<void>((resolve) => server?.listen(path, resolve));
    const found = chooseEndpoint({ home, runtimeDir });
    // A machine with an engine of its own at the default place takes that one.
    if (found.address !== 'unix:///var/run/docker.sock')
      expect(found).toMatchObject({ how: 'default socket', endpoint: { kind: 'socket', path } });
    expect(found.tried.at(-1)).toBe(found.address);
  });

  it('with the certificates of the context, and without verification where it says so', () => {
    context('secure', { Host: 'tcp://engine.test:2376', SkipTLSVerify: true }, true);
    const { endpoint } = chooseEndpoint({ dockerContext: 'secure', home });
    expect(endpoint).toMatchObject({ kind: 'tcp', host: 'engine.test', port: 2376 });
    if (endpoint.kind !== 'tcp') throw new Error('not tcp');
    expect(String(endpoint.tls?.cert)).toBe('cert.pem');
    expect(endpoint.tls?.rejectUnauthorized).toBe(false);
  });

  it('with TLS by DOCKER_TLS_VERIFY and the certificates of DOCKER_CERT_PATH', () => {
    writeFileSync(join(home, 'ca.pem'), 'the ca');
    const { endpoint } = chooseEndpoint({ dockerHost: 'tcp://[::1]', tlsVerify: '1', certPath: home });
    expect(endpoint).toEqual({ kind: 'tcp', host: '::1', port: 2376, tls: { ca: Buffer.from('the ca') } });
  });
});

describe('what cannot be used is refused with what to do', () => {
  it.each([
    ['ssh://root@host', /ssh -L/],
    ['nonsense', /unix:\/\/\/path/],
    ['tcp://', /tcp:\/\/host:port/],
  ])('%s', (host, fix) => {
    let thrown: unknown;
    try {
      chooseEndpoint({ host });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    expect(thrown instanceof UserError && thrown.fix).toMatch(fix);
  });

  it('a context that is not there', () => {
    expect(() => chooseEndpoint({ dockerContext: 'nowhere', home })).toThrow(/nowhere has no engine address/);
  });
});

it.each([
  ['connect ENOENT /x.sock', /there is no socket/, /start Docker/],
  ['connect EACCES /x.sock', /no permission/, /docker group/],
  ['connect ECONNREFUSED', /nobody listens/, /start Docker/],
  ['(HTTP code 403) refused - no', /refuses/, /docs\/collector.md/],
  ['socket hang up', /socket hang up/, /check/],
])('%s', (message, reason, fix) => {
  const said = unreachable(new Error(message), { address: 'unix:///x.sock', tried: ['unix:///x.sock'] });
  expect(said.reason).toMatch(reason);
  expect(said.fix).toMatch(fix);
});
