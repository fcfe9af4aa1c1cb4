import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finding, severities } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import { eventually } from '../support/eventually.ts';
import { judgedWithExceptions, lineOf } from '../support/home-lab/again.ts';
import { build, deploy, fleet, type Member, redeploy, update } from '../support/home-lab/fleet.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, readObservations, startMoorwatch } from '../support/moorwatch.ts';

/**
 * A week of a home lab on a real engine, a day in some seconds: what a default installation tells of it (docs/noise.md). Incidents close after
 * seconds instead of minutes; rules are as at the start, because those of a checkout may be worked on meanwhile. Everything else is as shipped.
 */
const config =
  'rules:\n  watch: false\nincidents:\n  quietMinutes: 0.03\n  reopenMinutes: 0\nsensors:\n  resources:\n    everyMs: 5000\n';

let lab: Lab;
let moorwatch: Moorwatch;
let stateDir: string;

const watch = async (): Promise<void> => {
  moorwatch = await startMoorwatch({ engine: lab.host, stateDir, config });
  // It reads a week's log before it answers.
  await eventually(
    async () => ((await moorwatch.cli('findings', '--json')).code === 0 ? true : undefined),
    () => `not ready: ${moorwatch.stderr()}`,
    60_000,
  );
  await moorwatch.ready();
};
beforeAll(async () => {
  lab = startLab();
  stateDir = mkdtempSync(join(tmpdir(), 'moorwatch-state-'));
  await lab.sh(`${build(1)}; docker network create front; docker network create \\
    --label com.docker.compose.project=b24 --label com.docker.compose.network=default b24_default`);
  await watch();
}, 120_000);
afterAll(async () => {
  await moorwatch.stop();
  await lab.clean();
  lab.stop();
  rmSync(stateDir, { recursive: true });
});

const sh = (script: string): Promise<string> => lab.sh(`export D=${lab.dir}/data\n${script}`);
/** In two lanes, so that what belongs together stays in order. */
const each = async (members: readonly Member[], script: (member: Member) => string): Promise<void> => {
  const half = members.findIndex(({ name }) => name === 'b15-vpn');
  const lane = async (part: readonly Member[]) => {
    for (const member of part) await sh(script(member));
  };
  await Promise.all([lane(members.slice(0, half)), lane(members.slice(half))]);
};
const restartEngine = (): void => {
  lab.halt();
  lab.start();
};

/** What is told of them. Anything else that is told of these containers has to be explained as everywhere. */
const attacks = [
  { what: 'a program that was copied in', container: 'b13-db', rows: ['FIL-03', 'IMG-04'] },
  { what: 'the engine’s socket, made as one and renamed as another', container: 'helper', rows: ['MNT-01'] },
  { what: 'a reverse shell', container: 'b20-init', rows: ['NET-01'] },
];
const reboot = ['DMN-04', 'MON-01'];
const operator = ['EXE-03'];

interface Day {
  readonly what: string;
  readonly act: () => Promise<unknown>;
}
let redeploys = 0;
const renewed = (which: (member: Member) => boolean): readonly Member[] => {
  const moved = fleet.filter((member) => member.keeps !== true && which(member));
  redeploys += moved.length;
  return moved;
};
const isFirstHalf = ({ name }: Member): boolean => name < 'b13';

const days: readonly Day[] = [
  { what: 'everything is set up', act: () => each(fleet, deploy) },
  {
    what: 'a new version of every image, half by an updater and half by hand',
    act: async () => {
      await sh(build(2));
      await each(
        renewed(() => true),
        (member) => (isFirstHalf(member) ? update(member) : redeploy(member)),
      );
    },
  },
  {
    what: 'a reboot; an attack',
    act: async () => {
      await moorwatch.stop();
      restartEngine();
      await watch();
      await sh(`cp "$(command -v busybox)" ${lab.dir}/sleep; docker cp ${lab.dir}/sleep b13-db:/tmp/sleep
        docker exec -d b13-db /tmp/sleep 3600`);
    },
  },
  {
    what: 'backups; an operator looks for a fault',
    act: () =>
      sh(`docker exec b11-data tar -czf - /data >/dev/null; docker cp b11-data:/data - >/dev/null
        docker run --rm --name b11-once --network none -v b11-v:/data:ro home/app:1 tar -czf /tmp/b.tgz /data
        for c in ps 'cat /proc/1/status' 'wget -q -O /dev/null http://b01-web/'; do docker exec b25-app $c; done
        script -qec "docker exec -it b25-app sh -c 'ls /; ps'" /dev/null; docker restart -t 1 b25-app
        docker logs b25-app; docker stats --no-stream b25-app`),
  },
  {
    what: 'the runner works, a project goes down and up; an attack',
    act: () =>
      sh(`for i in 1 2; do docker run -d --name b06-job-$i --network none home/app:1
          docker exec b06-job-$i sh -c 'echo build; id'; docker rm -f b06-job-$i; done
        docker rm -f b24-web-1 b24-cache-1; docker network rm b24_default
        docker network create --label com.docker.compose.project=b24 --label com.docker.compose.network=default b24_default
        ${fleet
          .filter(({ name }) => lineOf(name) === 'b24')
          .map(deploy)
          .join('\n')}
        docker run -d --name helper --network none -v $S:/run/db.sock home/app:1; docker rename helper b02-agent-2`),
  },
  {
    what: 'half of it is made again; an attack',
    act: async () => {
      await each(renewed(isFirstHalf), redeploy);
      await sh(`docker exec -d b20-init sh -c 'sleep 60 | nc -l -p 4444'; sleep 1
        docker exec -d b20-init nc 127.0.0.1 4444 -e /bin/sh`);
    },
  },
  { what: 'the engine is restarted', act: async () => restartEngine() },
];

interface Told {
  readonly day: number;
  readonly name: string;
  readonly row: string;
  readonly finding: Finding;
}
const isLoud = ({ severity }: { readonly severity: Finding['severity'] }): boolean =>
  severities.indexOf(severity) >= severities.indexOf('medium');
/** Containers that say that a day has been seen to its end are not of the lab. */
const isMark = (name: string | undefined): boolean => name?.startsWith('after-') === true;
const line = ({ day, name, row, finding }: Told): string => `day ${day}: ${name} ${row}: ${finding.summary}`;

/** What nobody has to be excused for. */
const isAttack = ({ name, row }: Told): boolean =>
  attacks.some(({ container, rows }) => container === name && rows.includes(row));
const isReboot = ({ day, name, row }: Told): boolean => (day === 3 || day === 7) && name === '' && reboot.includes(row);
const isOperator = ({ name, row }: Told): boolean => name === 'b25-app' && operator.includes(row);

test('a week of a home lab tells its first day, its reboots and its attacks, and no redeploy', async () => {
  const begins: number[] = [];
  for (const [index, { act }] of days.entries()) {
    begins.push(Date.now());
    await act();
    // Until sweeps have seen all of it.
    await sh(`sleep 4; docker run -d --name after-${index} --cap-add SYS_MODULE --network none home/app:1`);
    await moorwatch.finding('CFG-04', (name) => name === `after-${index}`);
  }
  const dayOf = (at: number): number => Math.max(1, begins.filter((begin) => begin <= at).length);
  const toldOf = (findings: readonly Finding[]): readonly Told[] =>
    findings
      // The rules of a checkout may be worked on between the two starts: that is not of the lab.
      .filter(({ container, rule }) => !isMark(container?.name) && !rule.catalogue.includes('MON-04'))
      .map((finding) => ({
        day: dayOf(finding.at),
        name: finding.container?.name ?? '',
        row: finding.rule.catalogue.join(' '),
        finding,
      }));
  const all = toldOf(await moorwatch.findings());
  const incidents = (await moorwatch.incidents()).filter(({ container }) => !isMark(container?.name));
  const log = await readObservations(stateDir);
  const excepted = toldOf(
    await judgedWithExceptions(log, { trusted: (name) => fleet.some((one) => one.name === name), except: ['b25'] }),
  ).filter(({ finding }) => isLoud(finding));
  const repeats = repeated(all);
  const table = tableOf(incidents, dayOf);
  console.log([...table, '', `${repeats.length} repeats in ${redeploys} redeploys`].join('\n'));

  expect(repeats).toEqual([]);
  const loud = all.filter(({ finding }) => isLoud(finding));
  const isNamed = ({ name, row }: Told): boolean =>
    row.split(' ').every((one) => rowsOf.get(lineOf(name))?.has(one) === true);
  const isFirstDay = ({ day, finding }: Told): boolean => day === 1 && finding.nature === 'condition';
  const isExplained = (told: Told): boolean =>
    [isFirstDay, isNamed, isReboot, isOperator, isAttack].some((explains) => explains(told));
  expect(loud.filter((told) => !isExplained(told)).map(line)).toEqual([]);
  for (const day of [3, 7])
    expect(openedOn(day, incidents, dayOf).filter(({ container }) => !container)).toHaveLength(1);

  expect(excepted.filter((told) => !isReboot(told) && !isOperator(told) && !isAttack(told)).map(line)).toEqual([]);
  for (const { container, rows } of attacks)
    for (const list of [loud, excepted])
      expect(
        list.some(({ name, row }) => name === container && row === rows[0]),
        container,
      ).toBe(true);
  for (const is of [isReboot, isOperator]) expect([loud.some(is), excepted.some(is)]).toEqual([true, true]);
}, 500_000);

const rowsOf = new Map(fleet.map(({ name, rows }) => [lineOf(name), new Set(rows.split(' '))]));

/** Of the same name: conditions told more than once, and loud events told more than once on a day. */
function repeated(all: readonly Told[]): readonly string[] {
  const texts = all.flatMap(({ day, name, row, finding: { nature, subject, severity, summary } }) => {
    if (nature === 'condition') return [`${name} ${row} ${severity} ${subject?.split('/').slice(3).join('/')}`];
    return isLoud({ severity }) ? [`day ${day}: ${name} ${row} ${severity} ${summary}`] : [];
  });
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

const openedOn = (day: number, incidents: readonly Incident[], dayOf: (at: number) => number): readonly Incident[] =>
  incidents.filter(
    ({ kind, openedAt, severity }) => kind === 'incident' && isLoud({ severity }) && dayOf(openedAt) === day,
  );

function tableOf(incidents: readonly Incident[], dayOf: (at: number) => number): readonly string[] {
  const counts = (day: number): string =>
    severities
      .map((severity) => incidents.filter((one) => dayOf(one.openedAt) === day && one.severity === severity).length)
      .join(' | ');
  return [
    `| Day | ${severities.join(' | ')} |`,
    `| --- | ${severities.map(() => '---').join(' | ')} |`,
    ...days.map(({ what }, index) => `| ${index + 1}: ${what} | ${counts(index + 1)} |`),
  ];
}
