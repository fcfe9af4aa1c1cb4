import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComposeLab, outputOf, startComposeLab } from '../support/compose-lab.ts';
import { eventually } from '../support/eventually.ts';
import { readObservations } from '../support/moorwatch.ts';

const minutes = 60_000;
let it: ComposeLab;

beforeAll(async () => {
  it = await startComposeLab();
}, 8 * minutes);
afterAll(() => it.stop());

/** Waits for the incident that a privileged container of this name makes, in the feed published at this port. */
const incidentOf = (name: string, port: number, token: string): Promise<string> =>
  eventually(
    async () => {
      const { body } = await it.published(port, '/api/v1/incidents', token);
      return body.includes(`"${name}"`) ? body : undefined;
    },
    () => `no incident of ${name} at ${port}`,
    60_000,
  );

/** In place of one that an earlier try of the same test left. */
async function runAnew(name: string, ...rest: readonly string[]): Promise<void> {
  await it.docker('rm', '-f', name).catch(() => undefined);
  await it.docker('run', '-d', '--name', name, ...rest);
}

const runPrivileged = (name: string): Promise<void> => runAnew(name, '--network', 'none', '--privileged', 'lab/bb:1');

async function expectConfined(container: string, user: number): Promise<void> {
  const status = await it.docker('exec', container, 'sh', '-c', 'cat /proc/self/status');
  expect(status).toMatch(new RegExp(`^Uid:\\s${user}\\s${user}\\s${user}\\s${user}$`, 'm'));
  expect(status).toMatch(/^CapEff:\s0{16}$/m);
  expect(status).toMatch(/^CapBnd:\s0{16}$/m);
  expect(status).toMatch(/^NoNewPrivs:\s1$/m);
  const written = it.docker('exec', container, 'sh', '-c', 'echo x > /x');
  await expect(written).rejects.toThrow(/Read-only file system/);
  expect(JSON.parse(await it.docker('inspect', '-f', '{{json .RestartCount}}', container))).toBe(0);
}

/** A request from within a container to a name on its networks. */
const reaches = (container: string, url: string): Promise<string> =>
  it.docker('exec', container, 'node', '-e', `fetch('${url}').then(() => process.exit(0))`);

describe('one host', () => {
  beforeAll(() => it.up('one-host'), 3 * minutes);
  afterAll(() => it.down());

  test('the services watch the engine through the proxy, tell an incident by the published API, and only to who has the token', async () => {
    await eventually(async () => (await it.published(7373, '/readyz')).status === 200 || undefined);
    await eventually(
      async () => (await it.moorwatch('monitor', 'doctor').catch(outputOf)).includes('running   ') || undefined,
    );
    await runPrivileged('evil');
    const token = (await it.docker('exec', 'monitor', 'cat', '/data/feed.token')).trim();
    expect(await incidentOf('evil', 7373, token)).toContain('CFG-01');
    expect((await it.published(7373, '/api/v1/incidents')).status).toBe(401);
    expect(await it.moorwatch('monitor', 'incidents', '--json')).toContain('"evil"');
  });

  test('both run as 10001 without any capability, on root file systems they cannot write, over one log of theirs alone', async () => {
    for (const service of ['collector', 'monitor']) {
      await expectConfined(service, 10_001);
      // Its user alone, and readable to the other service: they are one user.
      const files = await it.docker('exec', service, 'ls', '-lan', '/data');
      expect(files).toMatch(/^drwx------ +\d+ 10001 +10001 .* \.$/m);
      expect(files).toMatch(/^-rw------- +1 10001 +10001 .* moorwatch\.db$/m);
    }
  });

  test('a command that is run in the monitor has memory besides it: otherwise the kernel would kill one of them', async () => {
    const status = await it.docker('exec', 'monitor', 'cat', '/proc/1/status');
    const used = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
    const limit = Number(await it.docker('inspect', '-f', '{{.HostConfig.Memory}}', 'monitor'));
    // `moorwatch doctor` takes 86 MiB.
    expect(used + 2 * 86 * 2 ** 20).toBeLessThan(limit);
    expect(used).toBeGreaterThan(0);
  });

  test('sockets of other containers are seen by the unprivileged collector', async () => {
    await it.docker('network', 'inspect', 'app').catch(() => it.docker('network', 'create', 'app'));
    const server = ['nc', '-ll', '-p', '9000', '-e', 'cat'];
    await runAnew('server', '--network', 'app', 'lab/bb:1', ...server);
    const client = 'until sleep 3600 | nc server 9000; do sleep 0.2; done';
    await runAnew('client', '--network', 'app', 'lab/bb:1', 'sh', '-c', client);
    const stateDir = (await it.docker('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data')).trim();
    await eventually(async () => {
      const found = await readObservations(stateDir, ({ kind }) => kind === 'connection');
      return (
        found.some(({ container, destination }) => container?.name === 'client' && destination?.port === 9000) ||
        undefined
      );
    });
  });

  test('the health checks become healthy; without the feed or the collector they fail', async () => {
    for (const service of ['socket-proxy', 'collector', 'monitor']) await it.healthy(service);
    // In the collector nothing listens.
    await expect(it.moorwatch('collector', 'healthcheck')).rejects.toThrow(/does not answer/);
    await expect(it.moorwatch('monitor', 'healthcheck', 'collector')).rejects.toThrow(/no collector runs here/);
    await it.docker('stop', 'collector');
    // It ended by itself, in order, and within the time given.
    expect(await it.docker('inspect', '-f', '{{.State.ExitCode}}', 'collector')).toBe('143\n');
    const log = await it.log('collector');
    expect(log).toContain('"event":"stopping"');
    expect(log).not.toContain('stopIncomplete');
  });

  test('the proxy passes on what Moorwatch asks for and nothing else', async () => {
    const script = `for (const [method, path] of [['GET', '/_ping'], ['POST', '/containers/create'], ['GET', '/containers/monitor/logs']])
      console.log(method, path, (await fetch('http://socket-proxy:2375' + path, { method })).status)`;
    await it.docker('start', 'collector');
    const answers = await it.docker('exec', 'collector', 'node', '--input-type=module', '-e', script);
    expect(answers).toBe('GET /_ping 200\nPOST /containers/create 403\nGET /containers/monitor/logs 403\n');
    // The monitor has no way to it.
    await expect(reaches('monitor', 'http://socket-proxy:2375/_ping')).rejects.toThrow(
      /ENOTFOUND|EAI_AGAIN|fetch failed/,
    );
  });
});

describe('over Kafka', () => {
  const analyzers = ['analyzer', 'analyzer-2'];
  const feeds = [7373, 7374];
  const ours = ['collector-kafka', ...analyzers, 'alerting-1', 'alerting-2'];
  let token = '';
  beforeAll(async () => {
    await it.up('kafka');
    token = readFileSync(join(it.secrets, 'feed-token'), 'utf8').trim();
  }, 3 * minutes);
  afterAll(() => it.down());

  test('every part becomes healthy, and runs as its user without any capability or place to write', async () => {
    for (const container of ['socket-proxy', 'broker', ...ours]) await it.healthy(container);
    for (const container of ours) await expectConfined(container, 10_001);
    await expectConfined('broker', 1_000);
  });

  test('an incident of this host is in the feeds of both alerting processes, to who has the token that they share', async () => {
    await runPrivileged('evil');
    for (const port of feeds) {
      const told = await incidentOf('evil', port, token);
      expect(told).toContain('CFG-01');
      // What the proxy passes on are our own requests: it made nothing. (In which container somebody ran something just before, as the test above did, may have.)
      expect(told).not.toMatch(/Container socket-proxy [^"]*made/);
      expect((await it.published(port, '/api/v1/incidents')).status).toBe(401);
    }
    expect(await it.moorwatch('alerting-2', 'incidents', '--json')).toContain('"evil"');
  });

  test('who does not log in is refused by the broker, and only the parts have a way to it', async () => {
    const admin = (sasl: string): Promise<string> =>
      it.docker(
        'exec',
        'alerting-1',
        'node',
        '--input-type=module',
        '-e',
        `import kafkajs from 'kafkajs'; import { readFileSync } from 'node:fs';
        const password = readFileSync('/run/secrets/kafka-alerting-password', 'utf8');
        const kafka = new kafkajs.Kafka({ brokers: ['broker:9092'], retry: { retries: 1 }, logLevel: 0, ${sasl} });
        const admin = kafka.admin();
        await admin.connect(); console.log(await admin.listTopics());
        const producer = kafka.producer();
        await producer.connect();
        await producer.send({ topic: 'moorwatch.analyzer-state', messages: [{ value: null }] })
          .catch(({ message }) => console.log(message));
        process.exit(0)`,
      );
    const login = (user: string, password: string): string =>
      `sasl: { mechanism: 'scram-sha-512', username: '${user}', password: ${password} }`;
    const entered = await admin(login('alerting', 'password'));
    expect(entered).toContain('moorwatch.observations');
    // What listens on a port decides nothing by itself: only what people decided goes through it (docs/threat-model.md).
    expect(entered).toMatch(/Not authorized/);
    await expect(admin(login('alerting', `'x' + password`))).rejects.toThrow(/Authentication failed/);
    await expect(admin(login('collector', 'password'))).rejects.toThrow(/Authentication failed/);
    await expect(admin('')).rejects.toThrow(/KafkaJS/);
    await expect(reaches('analyzer', 'http://socket-proxy:2375/_ping')).rejects.toThrow(
      /ENOTFOUND|EAI_AGAIN|fetch failed/,
    );
  });

  test('doctor finds in each part that its user may do all that it needs, and less than the others need', async () => {
    const own = { 'collector-kafka': 'collector', analyzer: 'analyzer', 'alerting-1': 'alerting' };
    for (const [container, part] of Object.entries(own)) {
      const printed = await it.moorwatch(container, 'doctor', '--json').catch(outputOf);
      const lines = printed.split('\n').filter((line) => line.includes('"kafka rights"'));
      const found = lines.map((line) => JSON.parse(line) as { status: string; text: string });
      expect(found.filter(({ status }) => status === 'ok').map(({ text }) => text)).toEqual([
        `${part}: this user may do all that it needs`,
      ]);
      expect(found.filter(({ status }) => status === 'warn').length).toBeGreaterThanOrEqual(2);
    }
  });

  test('an analyzer is killed: the other goes on with its work', async () => {
    await it.docker('kill', 'analyzer');
    await runPrivileged('evil-2');
    for (const port of feeds) expect(await incidentOf('evil-2', port, token)).toContain('CFG-01');
    await it.healthy('analyzer-2');
  });

  test('without the broker the analyzer is not healthy, and the collector is and says so; both are when it is back', async () => {
    await it.docker('stop', '--time', '20', 'broker');
    const missed = await eventually(
      () => it.moorwatch('analyzer-2', 'healthcheck', 'analyzer').then(() => undefined, outputOf),
      () => 'the analyzer does not miss the broker',
      90_000,
    );
    expect(missed).toMatch(/no partition could be opened|the log has not answered/);
    await eventually(
      async () => (await it.moorwatch('collector-kafka', 'healthcheck', 'collector')).includes('note: the log has not'),
      () => 'the collector does not say that the broker is away',
      60_000,
    );
    // Who waits for the broker ends in time all the same.
    await it.docker('stop', 'alerting-2');
    expect(await it.docker('inspect', '-f', '{{.State.ExitCode}}', 'alerting-2')).toBe('143\n');
    await it.docker('start', 'alerting-2');
    await runPrivileged('evil-3');
    await it.docker('start', 'broker');
    await it.healthy('broker');
    for (const port of feeds) expect(await incidentOf('evil-3', port, token)).toContain('CFG-01');
    await eventually(
      () => it.moorwatch('analyzer-2', 'healthcheck', 'analyzer'),
      () => 'the analyzer did not come back',
      60_000,
    );
  });

  test('the parts end by themselves, in order, within the time given', async () => {
    for (const container of ['collector-kafka', 'analyzer-2', 'alerting-1']) {
      await it.docker('stop', container);
      expect(await it.docker('inspect', '-f', '{{.State.ExitCode}}', container)).toBe('143\n');
      expect(await it.log(container)).not.toContain('stopIncomplete');
    }
  });
});
