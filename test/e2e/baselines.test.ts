import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { acceleratedBaselines } from '../../cli/demo/settings.ts';
import type { Finding } from '../../shared/finding.ts';
import { eventually } from '../support/eventually.ts';
import { writeHistory } from '../support/learned/history.ts';
import { longTerm } from '../support/learned/loads.ts';
import { burden, endOfPast, happenings, learnedNumbers, levels, liveADay } from '../support/learned/numbers.ts';
import { pastOf } from '../support/learned/past.ts';
import { isBeacon, poller, rhythm } from '../support/learned/poller.ts';
import { missingIn, recordedOf } from '../support/learned/recorded.ts';
import { newWork, oddLevel, oddOne, siblings } from '../support/learned/siblings.ts';
import { type Excess, labels } from '../support/learned/stack.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';
import { steadyBaselines } from '../support/steady-baselines.ts';
import { watchedLab } from '../support/watched-lab.ts';

/**
 * What a small stack does is learned until it is steady; then each deviation is told once, explained, taught away, and stays away. Numbers take a day and
 * more to be learned, so they are learned from a past: days of what the collector told of the same containers, put into the log before the start.
 */
const quickLearner = `baselines: ${JSON.stringify(acceleratedBaselines)}
sensors: { resources: { everyMs: 5000 } }
log: { retentionHours: 1000 }
`;
/** So long of quiet is enough for what shows itself seldom, also where the machine is busy, and for one replica to be odd. */
const quietMs = 60_000;
const rounds = 14;

const watched = watchedLab(quickLearner);

/** The web server of the stack; nobody uses its second port yet. */
const web = (settings = ''): string =>
  `docker run -d --name web ${labels('web')} --network shop --ip 172.30.9.10 ${settings} $B sh -c '
    for port in 8080 8081; do while true; do nc -l -p $port >/dev/null; done & done; sleep 3600'`;

/** An ordinary round of the stack's life, the nth. */
const round = (nth: number, odd = 'true'): string =>
  `${newWork(nth)}
  ${odd}
  docker exec client sh -c 'echo | nc -w 1 172.30.9.10 8080 || true'; docker exec web sh -c true; sleep 0.6; wait`;

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
    feature: 'image-lineage',
    // A newer one of the name, and then the one before again.
    script: `docker tag lab/bb:1 lab/bb:before; docker export web | docker import -c 'CMD ["sleep","3600"]' - lab/bb:1; docker rm -f web; ${web()}; sleep 1
      docker tag lab/bb:before lab/bb:1; docker rm -f web; ${web()}`,
    summary: /web was made from an older image .*, which it never was before/,
    isSeldom: true,
  },
  {
    feature: 'ingress-peers',
    script: `docker rm -f stranger 2>/dev/null; docker run -d --name stranger ${labels('stranger')} --network shop $B sleep 3600; sleep 2
      docker exec stranger sh -c 'for n in 1 2 3; do sleep 1 | nc -w 2 172.30.9.10 8080 || true; done'`,
    summary: /web was connected to by workload shop\/stranger on port 8080\/tcp, which never happened before/,
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
    summary: /web ran a process with \d+ capabilities, which none of its processes ever did before/,
  },
];

/** Of which features it is: what one observation deviates in is one finding. */
function featuresOf({ observation }: Finding): readonly unknown[] {
  const { 'deviation.feature': feature, 'deviation.parts': parts } = observation;
  return Array.isArray(parts) ? parts.map((part) => String(part).split('/')[0]) : [feature];
}
/** Findings that tell it: of a feature, in that sentence. */
const telling = (findings: readonly Finding[], { feature, summary }: Excess): readonly Finding[] =>
  findings.filter(
    (finding) =>
      finding.kind === 'deviation' &&
      finding.digest !== true &&
      featuresOf(finding).includes(feature) &&
      summary.test(finding.summary),
  );

const told = (running: Moorwatch, excess: Excess, withinMs?: number): Promise<readonly Finding[]> =>
  eventually(
    async () => {
      const found = telling(await running.findings(), excess);
      return found.length === 0 ? undefined : found;
    },
    () => `no deviation of ${excess.feature}: ${running.stderr()}`,
    withinMs,
  );

/** Does it again and again until it is told. */
async function provoke(running: Moorwatch, excess: Excess): Promise<void> {
  for (let time = 0; time < 12 && telling(await running.findings(), excess).length === 0; time += 1) {
    await watched.lab.sh(excess.script ?? 'true');
    await told(running, excess, 5_000).catch(() => undefined);
  }
  await told(running, excess);
}

/** A day of the stack's life, recorded, makes the past of the state directory. */
async function learnFromPast(): Promise<void> {
  const recording = await startMoorwatch({ engine: watched.lab.host, config: quickLearner });
  try {
    await recording.ready();
    await liveADay(watched.lab);
    let missing: readonly string[] = [];
    const day = await eventually(
      async () => {
        const seen = await recording.observations(() => true);
        missing = missingIn(seen);
        return missing.length === 0 ? seen : undefined;
      },
      () => `${missing.join(', ')} was not seen: ${recording.stderr()}`,
      60_000,
    );
    const recorded = recordedOf(day);
    await writeHistory(watched.stateDir, pastOf(recorded, Date.now()));
  } finally {
    await recording.stop();
  }
  await watched.lab.sh(endOfPast);
}

/** Each was told by one finding, which is explained and approved: its id, by what was said. */
async function taught(
  running: Moorwatch,
  excesses: readonly Excess[],
  because: RegExp,
): Promise<ReadonlyMap<string, string>> {
  const findings = await running.findings();
  const once = new Map<string, string>();
  for (const excess of excesses) {
    const found = telling(findings, excess);
    expect(
      found.map(({ summary }) => summary),
      excess.feature,
    ).toHaveLength(1);
    once.set(String(excess.summary), found[0]?.id ?? '');
  }
  for (const id of new Set(once.values())) {
    const why = await running.cli('baselines', 'why', id);
    expect(why).toMatchObject({ code: 0, stderr: '' });
    expect(why.stdout).toMatch(because);
    const approved = await running.cli('baselines', 'approve', '--finding', id, '--reason', 'planned change');
    expect(approved).toMatchObject({ code: 0 });
  }
  return once;
}

const learned = async (running: Moorwatch): Promise<readonly string[]> =>
  (await steadyBaselines(running)).map(({ workload, feature }) => `${workload.name} ${feature}`);

describe('a stack that was learned', () => {
  test('tells each deviation once, explains it, is taught, and stays silent, also after a restart', async () => {
    await watched.lab.sh('docker network create --internal --subnet 172.30.9.0/24 shop');
    await learnFromPast();
    const running = await watched.start();
    await eventually(
      async () => {
        const done = await learned(running);
        return learnedNumbers.every((one) => done.includes(one)) ? done : undefined;
      },
      () => `not all numbers were learned from the past: ${running.stderr()}`,
      60_000,
    );
    await watched.lab.sh(poller);
    await burden(watched.lab);
    const burdenedAt = Date.now();
    for (let time = 0; time < 3; time += 1) await watched.lab.sh(`docker rm -f web 2>/dev/null; ${web()}`);
    await watched.lab.sh(`docker run -d --name client ${labels('client')} --network shop $B sleep 3600; ${siblings}`);
    const startedAt = Date.now();
    const often = deviations.filter(({ isSeldom }) => isSeldom !== true);
    const wanted = often.map(
      ({ feature }) => `${feature === 'egress-destinations' ? 'shop/client' : 'shop/web'} ${feature}`,
    );
    let done: readonly string[] = [];
    let nth = 0;
    for (; nth < 4 * rounds && !wanted.every((one) => done.includes(one)); nth += 1) {
      await watched.lab.sh(round(nth));
      if (nth >= rounds) done = await learned(running);
    }
    expect(done).toEqual(expect.arrayContaining(wanted));
    for (; Date.now() - startedAt < quietMs; nth += 1) await watched.lab.sh(round(nth, oddOne.script));
    await told(running, oddOne);

    for (const deviation of deviations) {
      await watched.lab.sh(deviation.script);
      await told(running, deviation);
    }
    for (const happening of happenings) await provoke(running, happening);
    // A sweep may find more of the last one.
    await delay(5_000);
    await told(running, rhythm, Math.max(60_000, burdenedAt + 400_000 - Date.now()));
    const ofItems: readonly Excess[] = [...deviations, oddOne, oddLevel, rhythm];
    const items = await taught(running, ofItems, /was not known when it was seen/);
    const counts = await taught(running, happenings, /is not what it usually is|was not known when it was seen/);
    // A chart takes five minutes of readings, more where the machine gives less than is asked for.
    for (const level of levels) await told(running, level, Math.max(60_000, burdenedAt + 600_000 - Date.now()));
    const ofLevels: readonly Excess[] = [...levels, ...longTerm];
    const risen = await taught(running, ofLevels, /is not what it usually is/);
    const once = new Map([...items, ...counts, ...risen]);

    await running.stop();
    const stoppedAt = Date.now();
    const again = await watched.start();
    const all: readonly Excess[] = [...ofItems, ...happenings, ...ofLevels];
    for (const script of new Set(all.map((excess) => excess.script ?? 'true'))) await watched.lab.sh(script);
    await watched.lab.sh('docker run -d --name sentinel --cap-add SYS_MODULE $N $B');
    await eventually(
      async () => (await again.observations((one) => isBeacon(one) && one.at > stoppedAt))[1],
      () => `the beacon was not met again: ${again.stderr()}`,
      60_000,
    );
    await again.finding('CFG-04', (name) => name === 'sentinel');
    const after = await again.findings();
    for (const excess of all)
      expect(
        telling(after, excess).map(({ id }) => id),
        excess.feature,
      ).toEqual([once.get(String(excess.summary))]);
  }, 1_200_000);
});
