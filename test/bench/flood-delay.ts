import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createIncidentStage } from '../../alerting/incidents/stage.ts';
import type { Bus, NewRecord } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { incidentUpdateSchema } from '../../shared/incident.ts';
import { spawnScript } from '../support/bus/child.ts';
import { finding, rule, told } from '../unit/alerting/finding-records.ts';

/** How long something unrelated waits for its update while one partition is flooded: on the embedded log, alerting in this process, whoever floods in another. */
export interface DelayOptions {
  /** In front of the first one, in its partition. */
  readonly findings: number;
  readonly kinds: number;
  /** What the flood that goes on brings a second, and for how long, s. */
  readonly rate: number;
  readonly seconds: number;
}

interface FloodOrder extends DelayOptions {
  readonly path: string;
}

const open = (path: string): Promise<Bus> =>
  openSqliteBus({
    path,
    synchronous: 'normal',
    topics: topicSpecs({ partitions: 4, retention: { ms: 86_400_000, bytes: 4e9 } }),
  });

const flooded = 0;
const other = 1;
const chunk = 500;

function flood(from: number, { count, kinds }: { readonly count: number; readonly kinds: number }): NewRecord[] {
  const at = Date.now();
  return Array.from({ length: count }, (_, i) => {
    const kind = (from + i) % kinds;
    const one = finding(`finding-${from + i}`, { at, in: `container-${kind}`, ...rule(`rule-${kind}`) });
    return { key: 'h', value: JSON.stringify(told(one)), at, partition: flooded };
  });
}

/** Critical, on a container of its own. */
function grave(name: string, partition: number): NewRecord {
  const at = Date.now();
  const one = finding(name, { at, in: name, severity: 'critical', ...rule(`rule-${name}`) });
  return { key: 'h', value: JSON.stringify(told(one)), at, partition };
}

export async function benchFloodDelay(options: DelayOptions): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-flood-'));
  const path = join(directory, 'moorwatch.db');
  const bus = await open(path);
  const told = new Map<string, number>();
  const ending = new AbortController();
  const listening = (async () => {
    for await (const { records } of bus.read(topic.incidents, { from: 'oldest', follow: true, signal: ending.signal }))
      for (const { value } of records) {
        const { incident } = incidentUpdateSchema.parse(JSON.parse(value ?? ''));
        const name = incident.container?.name ?? '';
        if (!told.has(name)) told.set(name, Date.now());
      }
  })();
  const toldOf = async (name: string): Promise<number> => {
    for (;;) {
      const at = told.get(name);
      if (at !== undefined) return at;
      await wait(1);
    }
  };
  try {
    for (let n = 0; n < options.findings; n += chunk)
      await bus.append(topic.findings, flood(n, { ...options, count: chunk }));
    await bus.append(topic.findings, [grave('behind', flooded), grave('beside', other)]);
    const [began, cpu] = [Date.now(), process.cpuUsage()];
    const stage = createIncidentStage({ quietMs: 900_000, reopenMs: 3_600_000, suppressionMs: 86_400_000 });
    const running = bus.process('alerting', topic.findings, { stateTopic: topic.incidentState, open: stage });
    const beside = (await toldOf('beside')) - began;
    const behind = (await toldOf('behind')) - began;
    const { user, system } = process.cpuUsage(cpu);
    const lines = [
      `${options.findings} findings wait in one partition: a critical one behind them is told after ${seconds(behind)} (${seconds((user + system) / 1_000)} of CPU), ` +
        `one in another partition after ${beside} ms`,
      ...(await whileItComes({ ...options, path }, { toldOf, waiting: () => waitingIn(bus) })),
    ];
    await running.stop();
    return lines;
  } finally {
    ending.abort();
    await listening;
    await bus.close();
    await rm(directory, { recursive: true });
  }
}

/** Findings of the flooded partition that the stage has not taken yet. */
async function waitingIn(bus: Bus): Promise<number> {
  const { offset } = (await bus.waiting('alerting', topic.findings)).get(flooded) ?? {};
  const end = (await bus.bounds(topic.findings)).find(({ partition }) => partition === flooded)?.end ?? 0;
  return offset === undefined ? 0 : end - offset;
}

async function whileItComes(
  order: FloodOrder,
  { toldOf, waiting }: { toldOf(name: string): Promise<number>; waiting(): Promise<number> },
): Promise<readonly string[]> {
  const child = spawnScript(import.meta.filename, order);
  await child.said(/^amid/);
  const inFront = await waiting();
  const delays: string[] = [];
  for (const name of ['amid', 'aside']) {
    const appended = Number(child.lines.find((line) => line.startsWith(name))?.split(' ')[1]);
    delays.push(`${(await toldOf(name)) - appended} ms`);
  }
  await child.said(/^sent/);
  await child.exited;
  const [, sent, took] = child.lines.find((line) => line.startsWith('sent'))?.split(' ') ?? [];
  const rate = Math.round((Number(sent) * 1_000) / Number(took));
  return [
    `while ${rate} a second come into that partition (${order.rate} were wanted), with ${inFront} in front: a critical one in it is told after ${delays[0]}, one in another partition after ${delays[1]}`,
  ];
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The process that floods; half-way it appends what is unrelated. */
async function comeOn(text: string): Promise<void> {
  // Written by whileItComes.
  const order = JSON.parse(text) as FloodOrder;
  const bus = await open(order.path);
  const total = order.rate * order.seconds;
  const began = Date.now();
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  let isHalf = false;
  for (let n = 0; n < total; n += chunk) {
    await bus.append(topic.findings, flood(order.findings + n, { ...order, count: chunk }));
    if (!isHalf && n >= total / 2) {
      isHalf = true;
      await bus.append(topic.findings, [grave('amid', flooded), grave('aside', other)]);
      say(`aside ${Date.now()}`);
      say(`amid ${Date.now()}`);
    }
    await wait(Math.max(0, began + ((n + chunk) * 1_000) / order.rate - Date.now()));
  }
  say(`sent ${total} ${Date.now() - began}`);
  await bus.close();
}

if (process.argv[1] === import.meta.filename) await comeOn(process.argv[2] ?? '');
