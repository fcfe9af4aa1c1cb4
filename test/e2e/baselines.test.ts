import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BaselineView } from '../../shared/baseline-view.ts';
import type { Finding } from '../../shared/finding.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/** What a small stack does is learned until it is steady; then each deviation is told once, explained, taught away, and stays away. */
const quickLearner =
  'baselines: { minimumObservations: 8, minimumHours: 0.01, newProbability: 0.6, startupSeconds: 0 }\n';
/** So long of quiet is enough for what shows itself seldom: ten slots of 36 s / 8, and some more. */
const quietMs = 60_000;
const labels = (service: string): string =>
  `--label com.docker.compose.project=shop --label com.docker.compose.service=${service}`;
const rounds = 14;

let lab: Lab;
let moorwatch: Moorwatch | undefined;
let stateDir: string;

beforeAll(() => {
  lab = startLab();
  stateDir = mkdtempSync(join(tmpdir(), 'moorwatch-state-'));
});
afterEach(async () => {
  await moorwatch?.stop();
  moorwatch = undefined;
});
afterAll(async () => {
  await lab.clean();
  lab.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const start = async (): Promise<Moorwatch> => {
  moorwatch = await startMoorwatch({ engine: lab.host, stateDir, config: quickLearner });
  await moorwatch.ready();
  return moorwatch;
};

/** The web server of the stack; nobody uses its second port yet. */
const web = (settings = ''): string =>
  `docker run -d --name web ${labels('web')} --network shop --ip 172.30.9.10 ${settings} $B sh -c '
    for port in 8080 8081; do while true; do nc -l -p $port >/dev/null; done & done; sleep 3600'`;

/** An ordinary round of the stack's life. */
const round = (host: string): string =>
  `docker exec ${host} sh -c 'echo | nc -w 1 172.30.9.10 8080 || true'; docker exec web sh -c true; sleep 0.6`;

interface Deviation {
  readonly feature: string;
  /** Makes it happen. */
  readonly script: string;
  readonly summary: RegExp;
  /** It shows itself so seldom that it is learned by time. */
  readonly isSeldom?: true;
}

/** In this order: the last two are also findings of rules, after which nothing that is new to a learner is learned for ten minutes. */
const deviations: readonly Deviation[] = [
  {
    feature: 'listening-ports',
    script: "docker exec web sh -c 'timeout 6 nc -l -p 4444 || true'",
    summary: /web listens on port 4444\/tcp/,
    isSeldom: true,
  },
  {
    feature: 'configuration',
    script: `docker rm -f web; ${web('--cap-add SYS_TIME')}`,
    summary: /web was given .*SYS_TIME, which none of its containers had before/,
    isSeldom: true,
  },
  {
    feature: 'egress-destinations',
    script: "docker exec client sh -c 'for n in 1 2 3; do echo | nc -w 2 172.30.9.10 8081 || true; sleep 1; done'",
    summary: /client connected to workload shop\/web port 8081\/tcp, where it never did before/,
  },
  {
    feature: 'exec-commands',
    script: 'docker exec web cat /etc/hosts',
    summary: /cat \/etc\/hosts was run by exec in .*web, where it never was before/,
  },
  {
    feature: 'processes',
    script:
      "docker exec web sh -c 'mkdir -p /opt; cp /bin/busybox /opt/yes'; docker exec web sh -c '/opt/yes >/dev/null & sleep 5; kill $!'",
    summary: /web ran \/opt\/yes \(root/,
  },
  {
    feature: 'users-and-capabilities',
    script: "docker exec --privileged web sh -c 'sleep 4'",
    summary: /web/,
  },
];

/** Of which features it is: what one observation deviates in is one finding. */
function featuresOf({ observation }: Finding): readonly unknown[] {
  const { 'deviation.feature': feature, 'deviation.parts': parts } = observation;
  return Array.isArray(parts) ? parts.map((part) => String(part).split('/')[0]) : [feature];
}
const deviationsOf = async (running: Moorwatch, feature: string): Promise<readonly Finding[]> =>
  (await running.findings()).filter(
    (finding) => finding.kind === 'deviation' && featuresOf(finding).includes(feature) && finding.digest !== true,
  );

async function learned(running: Moorwatch): Promise<readonly string[]> {
  const { stdout } = await running.cli('baselines', 'list', '--json');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as BaselineView)
    .filter(({ phases }) => phases.steady.state === 'steady')
    .map(({ workload, feature }) => `${workload.name} ${feature}`);
}

describe('a stack that was learned', () => {
  test('tells each deviation once, explains it, is taught, and stays silent, also after a restart', async () => {
    const running = await start();
    await lab.sh('docker network create --internal --subnet 172.30.9.0/24 shop');
    for (let time = 0; time < 3; time += 1) await lab.sh(`docker rm -f web 2>/dev/null; ${web()}`);
    await lab.sh(`docker run -d --name client ${labels('client')} --network shop $B sleep 3600`);
    const startedAt = Date.now();
    const often = deviations.filter(({ isSeldom }) => isSeldom !== true);
    const wanted = often.map(
      ({ feature }) => `${feature === 'egress-destinations' ? 'shop/client' : 'shop/web'} ${feature}`,
    );
    let done: readonly string[] = [];
    for (let time = 0; time < 4 * rounds && !wanted.every((one) => done.includes(one)); time += 1) {
      await lab.sh(round('client'));
      if (time >= rounds) done = await learned(running);
    }
    expect(done).toEqual(expect.arrayContaining(wanted));
    while (Date.now() - startedAt < quietMs) await lab.sh(round('client'));

    const told = new Map<string, readonly Finding[]>();
    for (const { feature, script, summary } of deviations) {
      await lab.sh(script);
      await eventually(
        async () => (await deviationsOf(running, feature)).find((finding) => summary.test(finding.summary)),
        () => `no deviation of ${feature}: ${running.stderr()}`,
      );
    }
    // A sweep may find more of the last one.
    await delay(5_000);
    for (const { feature } of deviations) told.set(feature, await deviationsOf(running, feature));

    for (const finding of [...told.values()].flat()) {
      const why = await running.cli('baselines', 'why', finding.id);
      expect(why).toMatchObject({ code: 0, stderr: '' });
      expect(why.stdout).toContain('was not known when it was seen');
      const approved = await running.cli('baselines', 'approve', '--finding', finding.id, '--reason', 'planned change');
      expect(approved).toMatchObject({ code: 0 });
    }

    await running.stop();
    const again = await start();
    for (const { script } of deviations) await lab.sh(script);
    await lab.sh('docker run -d --name sentinel --cap-add SYS_MODULE $N $B');
    await again.finding('CFG-04', (name) => name === 'sentinel');
    for (const { feature, summary } of deviations) {
      const same = (findings: readonly Finding[]) =>
        findings.filter((finding) => summary.test(finding.summary)).map(({ id, summary: text }) => `${id} ${text}`);
      expect(same(await deviationsOf(again, feature)), feature).toEqual(same(told.get(feature) ?? []));
    }
  }, 400_000);
});
