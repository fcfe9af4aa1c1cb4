import type { GeneratedRule } from './corpus.ts';
import { createRandom, type Random } from './corpus-random.ts';
import { directories, domains, everydayTools, fileNames, foreignWords, users, words } from './corpus-words.ts';

export interface EventsOptions {
  readonly seed: number;
  readonly count: number;
  /** Mean length of a line, bytes. */
  readonly bytes: 340 | 1000;
  /** Rules of which now and then an event has what they ask for. */
  readonly rules: readonly GeneratedRule[];
}

/** Of all events: made for a rule; and for all but one field of it, which is what makes candidates of rules that do not match. */
const shares = { matching: 0.012, near: 0.06, foreign: 0.02, escapedForeign: 0.5 };

/** Process starts as flat objects, one a line, as a shipper writes them. */
export function eventLines({ seed, count, bytes, rules }: EventsOptions): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(seed, index, bytes);
    const event = { ...everydayEvent(random, index, bytes), ...overlay(random, rules) };
    return lineOf(padded(event, random, bytes), random);
  });
}

function overlay(random: Random, rules: readonly GeneratedRule[]): Readonly<Record<string, string>> {
  if (rules.length === 0) return {};
  if (random.chance(shares.matching)) return random.pick(rules).example;
  if (!random.chance(shares.near)) return {};
  const fields = Object.entries(random.pick(rules).example);
  return Object.fromEntries(fields.length === 1 ? [] : random.some(fields, fields.length - 1));
}

function everydayEvent(random: Random, index: number, bytes: number): Record<string, unknown> {
  const { pick, below, digits } = random;
  const commandLine = everydayCommand(random);
  const name = commandLine.split(' ', 1)[0]?.replace(/^.*\//, '') ?? '';
  const at = new Date(Date.UTC(2026, 4, 4) + index * 37).toISOString();
  const short = {
    UtcTime: at,
    EventID: 1,
    Computer: `${pick(words)}-${1 + below(40)}`,
    User: pick(users),
    ProcessId: 300 + below(4_000_000),
    Image: `/usr/${random.chance(0.8) ? 'bin' : 'sbin'}/${name}`,
    CommandLine: commandLine,
    ParentImage: `/usr/bin/${pick(everydayTools)}`,
    ParentProcessId: 1 + below(400_000),
  };
  // What the short ones have besides that nobody asks for.
  if (bytes < 1_000) return { ...short, Tty: 'pts/3', SessionId: below(900), Euid: below(2_000), RuleName: '-' };
  const hex = (length: number): string => digits(length, 16);
  return {
    ...short,
    ParentCommandLine: everydayCommand(random),
    CurrentDirectory: pick(directories),
    LogonId: 1_000 + below(60_000),
    ProcessGuid: `{${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}}`,
    IntegrityLevel: 'Medium',
    TerminalSessionId: below(9),
    RuleName: '-',
    ContainerId: hex(64),
    ContainerImage: `registry.${pick(domains)}/${pick(words)}/${pick(words)}:${1 + below(9)}.${below(30)}`,
    Team: pick(words),
    Tier: pick(['web', 'batch', 'db']),
    IsCanary: random.chance(0.1),
    Site: null,
  };
}

/** Fills an event up with digests, which nobody asks for. */
function padded(event: Record<string, unknown>, random: Random, bytes: number): Record<string, unknown> {
  const missing = bytes - 14 - JSON.stringify(event).length + random.below(61) - 30;
  return missing < 8 ? event : { ...event, Hashes: `SHA256=${random.digits(missing - 7, 16)}` };
}

/** Some writers escape what is not ASCII. */
function lineOf(event: Record<string, unknown>, random: Random): string {
  const line = JSON.stringify(event);
  if (!random.chance(shares.escapedForeign)) return line;
  return line.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

type Command = (random: Random) => string;

const file: Command = ({ pick, chance }) =>
  `${pick(directories)}/${chance(shares.foreign) ? pick(foreignWords) : chance(0.5) ? pick(words) : pick(fileNames)}`;
const port: Command = ({ below }) => String(3_000 + below(6_000));

/** What servers run all day. */
const commands: readonly Command[] = [
  (r) => `ls -la ${file(r)}`,
  (r) => `grep -rn "${r.pick(words)} ${r.pick(words)}" ${file(r)}`,
  (r) => `cat ${file(r)}`,
  (r) => `sed -e s/${r.pick(words)}/${r.pick(words)}/g ${file(r)}`,
  (r) => `awk '{ print $${1 + r.below(9)} }' ${file(r)}`,
  (r) => `find ${r.pick(directories)} -name "*.${r.pick(words)}" -mtime +${r.below(30)}`,
  (r) => `/bin/sh -c "${r.pick(words)} --${r.pick(words)} ${file(r)} && echo done"`,
  (r) => `bash -lc "cd ${r.pick(directories)} && ./${r.pick(words)}.sh"`,
  (r) => `python3 /srv/${r.pick(words)}/main.py --workers ${1 + r.below(8)} --bind 0.0.0.0:${port(r)}`,
  (r) => `node /srv/${r.pick(words)}/server.js --port ${port(r)} --env production`,
  (r) => `java -Xmx${1 + r.below(8)}g -jar /srv/${r.pick(words)}/${r.pick(words)}.jar --server.port=${port(r)}`,
  (r) => `curl -fsS http://localhost:${port(r)}/healthz`,
  (r) =>
    `curl -sS -H "Accept: application/json" https://${r.pick(words)}.svc.local/v1/${r.pick(words)}?id=${r.below(1e6)}`,
  (r) => `git -C /srv/${r.pick(words)} fetch --prune origin`,
  (r) => `tar -czf /mnt/backup/${r.pick(words)}-${r.below(1e6)}.tgz /srv/${r.pick(words)}`,
  (r) => `rsync -az --partial /srv/${r.pick(words)}/ ${r.pick(words)}-${r.below(9)}:/srv/mirror/`,
  (r) => `apt-get -qq update -o Dir::State=${r.pick(directories)}`,
  () => 'dpkg --print-architecture',
  () => 'ps -eo pid,ppid,rss,args --sort=-rss',
  (r) => `sleep ${r.below(600)}`,
  () => 'date +%Y-%m-%dT%H:%M:%S',
  (r) => `runc --root /run/docker/runtime-runc/moby --log-format json state ${r.digits(24, 16)}`,
  (r) => `redis-cli -n ${r.below(9)} get session:${r.digits(16, 16)}`,
  (r) => `postgres: ${r.pick(words)} ${r.pick(words)} 10.0.${r.below(256)}.${r.below(256)}(${port(r)}) idle`,
  (r) => `logger -t ${r.pick(words)} "job \\"${r.pick(words)}\\" took ${r.below(9_000)} ms"`,
  (r) => `cp ${file(r)} ${file(r)}`,
  (r) => `mkdir -p ${file(r)}`,
  (r) => `systemctl is-active ${r.pick(words)}.service`,
];

const everydayCommand: Command = (random) => random.pick(commands)(random);
