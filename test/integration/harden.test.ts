import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Proposal } from '../../cli/harden/proposal.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/** A workload that does something known, watched by the real collector; then what is proposed is done. */
let lab: Lab;
let moorwatch: Moorwatch;
let proposal: Proposal;

const labels = '--label com.docker.compose.project=shop --label com.docker.compose.service=web';
const script =
  'echo state-1 >/tmp/state; httpd -p 8080 -h /tmp; while :; do sleep 3 | nc neighbour 5432; sleep 1; done';
/** stdout, or undefined when it failed. */
const tried = (command: string): Promise<string | undefined> => lab.sh(command).catch(() => undefined);
const harden = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await moorwatch.cli('baselines', 'harden', 'shop/web', ...args);
  if (code !== 0) throw new Error(`${code}: ${stderr}`);
  return stdout;
};

beforeAll(async () => {
  lab = startLab();
  moorwatch = await startMoorwatch({ engine: lab.host, config: 'sensors:\n  resources:\n    everyMs: 1000\n' });
  await moorwatch.ready();
  await lab.sh(`docker network create front >/dev/null
    docker run -d --name neighbour --network front $B sh -c 'httpd -p 5432 -h /etc; httpd -p 5433 -h /etc; sleep 3600'
    docker run -d --name web --network front ${labels} $B sh -c '${script}'`);
  await eventually(() => tried('docker exec neighbour wget -q -O- http://web:8080/state'));
  // When it ended, the collector looks at the container's files.
  await lab.sh('docker exec web true');
  proposal = await eventually(
    async () => {
      const read = JSON.parse(await harden('--as', 'json', '--anyway')) as Proposal;
      const { readOnly, egress, pids } = read;
      const isSeen =
        readOnly.proposed && readOnly.value.tmpfs.length > 0 && egress.proposed && egress.value.allowed.length > 0;
      return isSeen && pids.proposed ? read : undefined;
    },
    () => 'the workload was not seen to do what it does',
    60_000,
  );
}, 180_000);
afterAll(async () => {
  await moorwatch.stop();
  await lab.clean();
  lab.stop();
});

describe('what was seen of a workload', () => {
  it('is too little after seconds: that is said, and nothing is proposed', async () => {
    const text = await harden();
    expect(text).toContain('! too little was seen to propose from: watched running for 0.0 of at least 24 hours');
    expect(text).not.toContain('cap_drop:');
  });

  it('is what it did', () => {
    expect(proposal).toMatchObject({
      capabilities: { proposed: true, value: { add: [] }, confidence: 'low' },
      readOnly: { proposed: true, value: { tmpfs: [{ path: '/tmp', exec: false }], volumes: [] } },
      noNewPrivileges: { proposed: true },
      user: { proposed: false },
      internal: { proposed: true, value: [{ name: 'front' }] },
      pids: { proposed: true, value: 32 },
      memory: { proposed: true },
      egress: { proposed: true, value: { allowed: [{ port: 5432, transport: 'tcp' }] } },
    });
    expect(JSON.stringify(proposal.egress)).toContain('container neighbour');
  });

  it('makes a compose override that is valid by the JSON schema of the Compose Specification', async () => {
    const schema = readFileSync(join(import.meta.dirname, '../fixtures/compose-spec/compose-spec.json'), 'utf8');
    const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(schema) as object);
    const document: unknown = parse(await harden('--as', 'compose', '--anyway'));
    isValid(document);
    expect(isValid.errors ?? null).toBeNull();
    expect(document).toMatchObject({ services: { web: { cap_drop: ['ALL'], read_only: true, tmpfs: ['/tmp'] } } });
  });
});

const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!has('nft') || !has('iptables-restore'))('the rules for its egress', () => {
  /** In the network namespace of the lab's engine, which is its host. */
  const onHost = (...command: string[]): string => {
    const pid = readFileSync(join(lab.dir, 'run/docker.pid'), 'utf8').trim();
    return execFileSync('nsenter', ['-t', pid, '-n', ...command], { encoding: 'utf8' });
  };
  /** Which of two servers of the neighbour it reaches: it connected to the first. */
  const open = async (): Promise<boolean[]> => {
    const asked = [5432, 5433].map((port) => tried(`docker exec web wget -q -O - http://neighbour:${port}/passwd`));
    return (await Promise.all(asked)).map((answer) => answer?.includes('root') === true);
  };

  it('are read by nft and let through what it did alone, in a table of their own', async () => {
    const file = join(lab.dir, 'egress.nft');
    writeFileSync(file, `${await harden('--as', 'nftables', '--anyway')}\n`);
    onHost('nft', '-c', '-f', file);
    expect(await open()).toEqual([true, true]);
    onHost('nft', '-f', file);
    expect(await open()).toEqual([true, false]);
    // Loaded again it is the same table.
    onHost('nft', '-f', file);
    const name = proposal.egress.proposed ? proposal.egress.value.name : '';
    onHost('nft', 'delete', 'table', 'inet', name);
    expect(await open()).toEqual([true, true]);
  });

  it('do the same in DOCKER-USER, where the rules of others stay and the engine goes on', async () => {
    const file = join(lab.dir, 'egress.rules');
    writeFileSync(file, `${await harden('--as', 'docker-user', '--anyway')}\n`);
    const before = onHost('iptables', '-S', 'DOCKER-USER').split('\n');
    onHost('iptables-restore', '--noflush', '--test', file);
    onHost('iptables-restore', '--noflush', file);
    expect(await open()).toEqual([true, false]);
    const after = onHost('iptables', '-S', 'DOCKER-USER').split('\n');
    expect(after).toEqual(expect.arrayContaining(before));
    // The engine changes the same table.
    await lab.sh('docker run -d --name published -p 127.0.0.1:0:80 --network front $B && docker rm -f published');
    const undo = /^# undo: (iptables .*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    onHost('sh', '-c', undo);
    expect(await open()).toEqual([true, true]);
  });
});

describe('under the proposed flags', () => {
  beforeAll(async () => {
    // What was run in it just now may have left files: nothing is said of them before they were looked at.
    const printed = await eventually(
      async () => {
        const text = await harden('--as', 'run', '--anyway');
        return text.includes('--read-only') ? text : undefined;
      },
      () => 'its files were not looked at after the last exec',
      60_000,
    );
    const before = [...printed.matchAll(/^# before: (.*)$/gm)].map(([, command]) => command ?? '');
    const flags = printed.replaceAll(/^#.*\n/gm, '').trim();
    await lab.sh(`docker rm -f web
      ${before.join('\n')}
      docker network connect front-internal neighbour
      docker run -d --name web ${flags} ${labels} $B sh -c '${script}'`);
    await eventually(() => tried('docker exec neighbour wget -q -O- http://web:8080/state'));
  }, 120_000);

  it('it does what it did', async () => {
    expect(await lab.sh('docker exec neighbour wget -q -O- http://web:8080/state')).toBe('state-1\n');
    await eventually(() => tried('docker exec web netstat -tn | grep ":5432 .*ESTABLISHED"'));
  });

  it('it can do nothing beyond', async () => {
    const status = await lab.sh('docker exec web cat /proc/1/status');
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    for (const command of [
      'touch /etc/x',
      'touch /x',
      'chown 1000 /tmp/state',
      'chroot / true',
      'mount -t tmpfs none /mnt',
    ])
      expect([command, await tried(`docker exec web ${command}`)]).toEqual([command, undefined]);
    expect(await tried("docker exec web sh -c 'for n in $(seq 60); do sleep 20 & done; wait'")).toBeUndefined();
    const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
    expect(await lab.sh(`docker inspect -f '${networks}' web`)).toBe('front-internal \n');
    expect(await lab.sh("docker network inspect -f '{{.Internal}}' front-internal")).toBe('true\n');
  });
});
