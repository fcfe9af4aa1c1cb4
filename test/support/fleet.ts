import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createFixtureEngine, type FixtureEngine } from '../../cli/demo/fixture-engine.ts';
import type { RecordedEvent, RecordedLine } from '../../cli/demo/recording.ts';
import { withAdmin } from '../../shared/bus/kafka/admin.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { partitionOf } from '../../shared/bus/murmur2.ts';
import { type Bus, isTick } from '../../shared/bus/port.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { decodeObservation, type Observation } from '../../shared/observation.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './kafka/free-ports.ts';
import { findingsIn, newestOf, type Outcome } from './outcome.ts';

const bin = join(import.meta.dirname, '../../bin/moorwatch.js');
const partitions = 4;

export interface FleetOptions {
  /** Address of the broker. */
  readonly broker: string;
  /** What happens on every host; each has an engine of its own, with an id of its own. */
  readonly lines: readonly RecordedLine[];
  /** Time of the first event, ms: the same for runs that are compared. */
  readonly startAt: number;
  readonly hosts: number;
  readonly analyzers: number;
  readonly alertings: number;
  /** Further lines of a part's moorwatch.yml. */
  readonly config?: (name: PartName) => string;
  /** Where a collector keeps its state, by its name; default: a new directory. */
  readonly stateDirOf?: (name: string) => string | undefined;
}

/** `collector-1`, `analyzer-2`, `alerting-1` …: the number is the one of the host, or counts. */
export type PartName = `${'collector' | 'analyzer' | 'alerting'}-${number}`;

/** The parts as processes of their own, each with its own configuration and state, with Kafka between them. */
export interface Fleet {
  /** Another instance on the same log, for reading. */
  readonly bus: Bus;
  readonly hosts: readonly { readonly id: string; readonly name: string; readonly partition: number }[];
  /** Also one that was not there before, or that has ended. Resolves when the process runs, not when it works. */
  start(name: PartName): void;
  signal(name: PartName, signal: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  kill(name: PartName): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(name: PartName): Promise<number | null>;
  running(name: PartName): boolean;
  /** What it printed to stderr, over all its lives. */
  stderr(name: PartName): string;
  /** For failures: what every part said. */
  explain(what: string): () => string;
  /** Waits until the group of the analyzers is shared out among so many. */
  shared(analyzers: number): Promise<void>;
  /** Waits until every host has had so many events. */
  reached(index: number): Promise<void>;
  /** All hosts are watched, all partitions analyzed, the feeds answer. */
  ready(): Promise<void>;
  /** Lets every engine emit its events up to that number, `paceMs` apart (default: all, 10 ms). */
  play(options?: { readonly to?: number; readonly paceMs?: number }): Promise<void>;
  emitted(host: number): readonly RecordedEvent[];
  /** Where alerting's feed listens. */
  url(name: PartName): string;
  headers(): Record<string, string>;
  get<T>(name: PartName, path: string): Promise<T>;
  observations(): Promise<readonly Observation[]>;
  updates(): Promise<readonly IncidentUpdate[]>;
  outcome(): Promise<Outcome>;
  /** Everything that was emitted is observed, analyzed and in the incidents. */
  settled(): Promise<Outcome>;
  /** Ends all parts that run. */
  close(): Promise<void>;
}

interface PartOptions {
  readonly name: PartName;
  /** Of topics and groups. */
  readonly prefix: string;
  readonly stateDir: string;
  readonly port: number;
  readonly tokenFile: string;
}

interface Part {
  readonly configFile: string;
  readonly url: string;
  child: ChildProcess | undefined;
  ended: Promise<number | null>;
  stderr: string;
}

let fleets = 0;

/** Each has a log of its own on that broker, also where a test is tried again. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-fleet-'));
  fleets += 1;
  const prefix = `fleet-${fleets}.`;
  const bus = await openKafkaBus({
    brokers: [options.broker],
    clientId: 'reader',
    topicPrefix: prefix,
    replication: 1,
    topics: topicSpecs({ partitions, retention: { ms: 168 * 3_600_000, bytes: 2 ** 30 } }),
  });
  const hosts = hostsOf(options.hosts);
  const score = createScore(options, hosts, directory);
  await score.listen();
  const parts = new Map<PartName, Part>();

  const read = async (name: string): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const { records } of bus.read(name, { from: 'oldest', follow: false }))
      for (const record of records) if (!isTick(record) && record.value !== null) found.push(JSON.parse(record.value));
    return found;
  };
  const observations = async (): Promise<Observation[]> =>
    (await read(topic.observations)).map((value) => decodeObservation(JSON.stringify(value), 'log'));
  const updates = async (): Promise<IncidentUpdate[]> => (await read(topic.incidents)) as IncidentUpdate[];
  const outcome = async (): Promise<Outcome> => {
    const [seen, found, told] = [await observations(), await read(topic.findings), await updates()];
    const emitted = score.engines.flatMap((engine) => engine.emitted());
    return { observations: seen, findings: findingsIn(found), incidents: newestOf(told), emitted };
  };
  const part = (name: PartName): Part => {
    const known = parts.get(name);
    if (known === undefined) throw new Error(`${name} was never started`);
    return known;
  };
  const explain = (what: string) => (): string =>
    [what, ...[...parts].map(([name, { stderr }]) => `--- ${name}\n${stderr}`)].join('\n');
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${readFileSync(join(directory, 'feed.token'), 'utf8').trim()}`,
  });
  const get = async <T>(name: PartName, path: string): Promise<T> => {
    const response = await fetch(`${part(name).url}${path}`, { headers: headers() });
    if (!response.ok) throw new Error(`${name} answered ${response.status} to ${path}`);
    return (await response.json()) as T;
  };
  const end = async (name: PartName, signal: NodeJS.Signals): Promise<number | null> => {
    part(name).child?.kill(signal);
    return await part(name).ended;
  };

  const fleet: Fleet = {
    bus,
    hosts,
    start: (name) => {
      const known = parts.get(name) ?? newPart(name);
      if (known.child !== undefined) throw new Error(`${name} runs already`);
      parts.set(name, known);
      launch(name, known);
    },
    signal: (name, signal) => void part(name).child?.kill(signal),
    kill: async (name) => void (await end(name, 'SIGKILL')),
    stop: (name) => end(name, 'SIGTERM'),
    running: (name) => part(name).child !== undefined,
    stderr: (name) => part(name).stderr,
    explain,
    ready: async () => {
      const beats = async () => {
        const beating = (await observations()).filter(({ kind }) => kind === 'heartbeat').map(({ host }) => host.id);
        return hosts.every(({ id }) => beating.includes(id));
      };
      await eventually(beats, explain('not every host is watched'), 60_000);
      const works = async () => {
        for (const name of parts.keys()) if (name.startsWith('alerting')) await get(name, '/api/v1/incidents');
        const status = await get<object>('alerting-1', '/api/v1/status');
        return JSON.stringify(status).includes('"part":"analyzer"');
      };
      await eventually(works, explain('not every part works'), 60_000);
    },
    shared: async (analyzers) => {
      const stable = () =>
        withAdmin({ brokers: [options.broker], clientId: 'test' }, async (admin) => {
          const [group] = (await admin.describeGroups([`${prefix}analyzer`])).groups;
          return group?.state === 'Stable' && group.members.length === analyzers;
        });
      await eventually(stable, explain(`the group is not shared out among ${analyzers} analyzers`), 60_000);
    },
    play: score.play,
    reached: async (index) => {
      const played = () => score.engines.every((engine) => engine.emitted().length >= index);
      await eventually(played, explain(`event ${index} was not played`), 120_000);
    },
    emitted: (host) => score.engines[host - 1]?.emitted() ?? [],
    url: (name) => part(name).url,
    headers,
    get,
    observations,
    updates,
    outcome,
    settled: async () => {
      let last: Outcome | undefined;
      const arrived = async (): Promise<Outcome | undefined> => {
        last = await outcome();
        return isSettled(last, score.engines) ? last : undefined;
      };
      const say = () =>
        explain(`not everything arrived: ${last === undefined ? '' : missingIn(last, score.engines)}`)();
      return await eventually(arrived, say, 90_000);
    },
    close: async () => {
      // One that was stopped by SIGSTOP hears nothing else.
      for (const { child } of parts.values()) child?.kill('SIGCONT');
      await Promise.all([...parts.keys()].map((name) => end(name, 'SIGKILL')));
      await score.close();
      await bus.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };

  const ports = await freePorts(options.alertings + 1);
  const newPart = (name: PartName): Part => {
    const [kind = '', number = '1'] = name.split('-');
    const stateDir = options.stateDirOf?.(name) ?? join(directory, name);
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const port = kind === 'alerting' ? (ports[Number(number) - 1] ?? 0) : 0;
    const configFile = join(directory, `${name}.yml`);
    writeFileSync(
      configFile,
      configOf(options, { name, prefix, stateDir, port, tokenFile: join(directory, 'feed.token') }),
    );
    const url = `http://127.0.0.1:${port}`;
    return { configFile, url, child: undefined, ended: Promise.resolve(null), stderr: '' };
  };
  const launch = (name: PartName, one: Part): void => {
    const [kind = '', number = '1'] = name.split('-');
    const env = { ...process.env, NO_COLOR: '1', DOCKER_HOST: `unix://${score.sockets[Number(number) - 1] ?? ''}` };
    const child = spawn(process.execPath, [bin, kind, '--config', one.configFile], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      one.stderr += text;
    });
    one.child = child;
    one.ended = new Promise((resolve) =>
      child.once('exit', (code) => {
        one.stderr += `(ended: ${code ?? 'killed'})\n`;
        one.child = undefined;
        resolve(code);
      }),
    );
  };

  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  for (const number of numbers(options.hosts)) fleet.start(`collector-${number}`);
  for (const number of numbers(options.analyzers)) fleet.start(`analyzer-${number}`);
  for (const number of numbers(options.alertings)) fleet.start(`alerting-${number}`);
  return fleet;
}

function configOf({ broker, config }: FleetOptions, { name, prefix, stateDir, port, tokenFile }: PartOptions): string {
  return [
    `stateDir: ${stateDir}`,
    'bus: kafka',
    `kafka: { brokers: ["${broker}"], topicPrefix: ${prefix}, sessionTimeoutMs: 3000, requestTimeoutMs: 5000 }`,
    'engine: { procfs: "", rootfs: "", resyncMs: 3600000 }',
    `feed: { port: ${port}, tokenFile: ${tokenFile} }`,
    config?.(name) ?? '',
  ].join('\n');
}

/** Host ids that lie in as many partitions as there are. */
function hostsOf(count: number): Fleet['hosts'] {
  const found: { id: string; name: string; partition: number }[] = [];
  for (let number = 1; found.length < count; number += 1) {
    const id = `FLEET:${String(number).padStart(4, '0')}`;
    const partition = partitionOf(id, partitions);
    const wanted = Math.floor(found.length / partitions);
    if (found.filter((one) => one.partition === partition).length > wanted) continue;
    found.push({ id, name: `harbour-${found.length + 1}`, partition });
  }
  return found;
}

/** The engines of all hosts, playing in step. */
function createScore({ lines, startAt }: FleetOptions, hosts: Fleet['hosts'], directory: string) {
  const total = lines.filter(({ type }) => type === 'event').length;
  let limit = 0;
  let paceMs = 10;
  let wake: () => void = () => undefined;
  let raised = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const sockets = hosts.map(({ name }) => join(directory, `${name}.sock`));
  const engines = hosts.map(({ id, name }): FixtureEngine => {
    let index = 0;
    return createFixtureEngine({
      lines: lines.map((line) =>
        line.type === 'body' && line.path === '/info'
          ? { ...line, body: { ...(line.body as object), ID: id, Name: name } }
          : line,
      ),
      startAt,
      pace: async () => {
        while (index >= limit) await raised;
        index += 1;
        await delay(paceMs);
      },
    });
  });
  let begun = false;
  return {
    engines,
    sockets,
    listen: () => Promise.all(engines.map((engine, index) => engine.listen(sockets[index] ?? ''))),
    play: async (options: { to?: number; paceMs?: number } = {}): Promise<void> => {
      limit = Math.min(options.to ?? total, total);
      paceMs = options.paceMs ?? 10;
      if (!begun) for (const engine of engines) void engine.play();
      begun = true;
      const go = wake;
      raised = new Promise((resolve) => {
        wake = resolve;
      });
      go();
      while (engines.some((engine) => engine.emitted().length < limit)) await delay(20);
    },
    close: () => Promise.all(engines.map((engine) => engine.close())),
  };
}

const millisOf = (event: RecordedEvent): number => Math.floor(Number(event.nano) / 1e6);

/** Every host's last event is observed, its last command as root is a finding, and every finding is in an incident. */
function isSettled(outcome: Outcome, engines: readonly FixtureEngine[]): boolean {
  return missingIn(outcome, engines) === '';
}

function missingIn({ observations, findings, incidents }: Outcome, engines: readonly FixtureEngine[]): string {
  const seen = new Map<string, number>();
  for (const { event } of observations)
    if (event.time_nano !== undefined) seen.set(event.time_nano, (seen.get(event.time_nano) ?? 0) + 1);
  for (const engine of engines) {
    const last = engine.emitted().at(-1);
    if (last !== undefined && (seen.get(last.nano) ?? 0) < engines.length) return `the last event ${last.nano}`;
    const root = engine.emitted().findLast(({ Action }) => Action.startsWith('exec_start: id'));
    const told = findings.filter(
      ({ rule, at }) => root !== undefined && rule.catalogue.includes('EXE-01') && at === millisOf(root),
    );
    if (root !== undefined && told.length < engines.length) return `the last finding, ${told.length} times there`;
  }
  const inIncidents = [...incidents.values()]
    .filter(({ incident }) => incident.mergedInto === undefined)
    .reduce((sum, { incident }) => sum + incident.count, 0);
  if (inIncidents < findings.length)
    return `${findings.length - inIncidents} of ${findings.length} findings in incidents`;
  return '';
}
