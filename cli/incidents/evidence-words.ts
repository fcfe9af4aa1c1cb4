import type { Evidence, EvidenceConfiguration, EvidenceEntry } from '../../shared/evidence.ts';
import type { Incident } from '../../shared/incident.ts';

export const utc = (at: number): string => new Date(at).toISOString();
/** Of a day that the lines around it name. */
export const timeText = (at: number): string => utc(at).slice(11, 23);

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** What of a container's configuration decides how dangerous it is; the whole is in the JSON. */
const telling = [
  'command_line',
  'user',
  'runs_as_root',
  'privileged',
  'caps',
  'seccomp',
  'apparmor',
  'no_new_privileges',
  'namespaces',
  'readonly_rootfs',
  'networks',
  'device_classes',
  'restart_policy',
  'created_at',
] as const;

/** The telling settings of a container and its mounts, as names and texts. */
export function configurationFacts({
  container,
  mounts,
}: EvidenceConfiguration): readonly (readonly [string, string])[] {
  const settings = telling.flatMap((name) => {
    const value = container[name];
    return value === undefined ? [] : [[name, settingText(name, value)] as const];
  });
  return [...settings, ...mounts.map((mount) => ['mount', mountText(mount)] as const)];
}

function settingText(name: string, value: unknown): string {
  if (name === 'created_at' && typeof value === 'number') return utc(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(name === 'caps' ? capabilities(value) : value);
}

/** What was added and dropped says it; all that is effective is long. */
function capabilities(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('added' in value) || !('dropped' in value)) return value;
  return { added: value.added, dropped: value.dropped };
}

function mountText({ source_real, source, destination, rw, type }: Readonly<Record<string, unknown>>): string {
  const from = [source_real, source].find((one) => typeof one === 'string' && one !== '') ?? '';
  return `${text(from)} at ${text(destination)} (${text(type)}, ${rw === true ? 'read-write' : 'read-only'})`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Of what container an entry is, and what that has to do with the incident; empty for the one that it began with. */
export function whose({ about, container }: Pick<EvidenceEntry, 'about' | 'container'>): string {
  if (about === 'container') return container ?? '';
  return container === undefined ? about : `${about} ${container}`;
}

/** The containers that an incident has besides, and what it has to do with others, as names and texts. How many comes first: a long list is cut. */
export function relationFacts({ incident, beyond }: Evidence): readonly (readonly [string, string])[] {
  const { container, containers = [], merged = [], mergedInto } = incident;
  const others = containers
    .filter(({ id }) => id !== container?.id)
    .map(({ id, name }) => `${name} ${id.slice(0, 12)}`);
  const gone = beyond?.containers ?? 0;
  const named = others.length === 0 ? '' : `: ${others.join(', ')}`;
  const unread = gone === 0 ? '' : `, and nothing was looked for of ${gone} of them`;
  return [
    ...(others.length + gone === 0
      ? []
      : [['with', `${counted(others.length + gone, 'other')}${unread}${named}`] as const]),
    ...(merged.length === 0
      ? []
      : [['merged', `${counted(merged.length, 'incident')} went on in this one: ${merged.join(', ')}`] as const]),
    ...(mergedInto === undefined ? [] : [['goes on', `in incident ${mergedInto}: see that one`] as const]),
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What found no room besides entries of the timeline; undefined when everything did. */
export function beyondText({ beyond }: Evidence): string | undefined {
  const parts = (['processes', 'connections', 'actors'] as const).flatMap((what) => {
    const count = beyond?.[what] ?? 0;
    return count === 0 ? [] : [`${count} of ${what}`];
  });
  return parts.length === 0 ? undefined : `observations that found no room: ${parts.join(', ')}`;
}

/** What people did with an incident and what became of it, as names and texts, oldest first; texts are as they were typed. */
export function handlingFacts(incident: Incident): readonly (readonly [string, string])[] {
  const { acknowledgement, notes = [], closedAt, closedBy, closeReason = '', reopened, suppressed } = incident;
  return [
    ...notes.map((remark) => ['note', remarkText(remark)] as const),
    ...(acknowledgement === undefined ? [] : [['acknowledged', remarkText(acknowledgement)] as const]),
    ...(reopened === undefined ? [] : [['reopened', counted(reopened, 'time')] as const]),
    ...(suppressed === undefined
      ? []
      : [['suppressed', `${counted(suppressed, 'finding')} of it kept out of it by suppressions`] as const]),
    ...(closedAt === undefined
      ? []
      : [['closed', remarkText({ at: closedAt, by: closedBy ?? '', note: closeReason })] as const]),
  ];
}

function remarkText({ at, by, note }: { readonly at: number; readonly by: string; readonly note: string }): string {
  const who = by === '' ? '' : ` by ${by}`;
  return `${utc(at)}${who}${note === '' ? '' : `: ${note}`}`;
}

export const loginText = (uid: number | undefined): string | undefined =>
  uid === undefined ? undefined : `login of ${uid}`;

/** The highest readings within the window; undefined where there were none. */
export const loadText = ({ resources }: Evidence): string | undefined =>
  resources === undefined
    ? undefined
    : `at most ${resources.cpuPercent.toFixed(0)} % CPU, ${(resources.memoryBytes / 2 ** 20).toFixed(0)} MiB, ${resources.pids} processes in ${resources.readings} readings`;

/** What is known of the workload's normal behaviour, by state; undefined where nothing is. */
export function baselinesText({ baselines }: Evidence): string | undefined {
  const states = [...new Set(baselines.map(({ state }) => state))];
  const featuresOf = (wanted: string): string =>
    baselines
      .filter(({ state }) => state === wanted)
      .map(({ feature }) => feature)
      .join(', ');
  return states.length === 0 ? undefined : states.map((state) => `${state}: ${featuresOf(state)}`).join('; ');
}

/** What was beyond the workload's normal behaviour, as features and texts. */
export const beyondBaselines = ({ baselines }: Evidence): readonly (readonly [string, string])[] =>
  baselines.flatMap(({ feature, beyond = [], more }) => [
    ...beyond.map(
      ({ text, first, count }) => [feature, `${text} (first ${utc(first)}, ${counted(count, 'time')})`] as const,
    ),
    ...(more === undefined ? [] : [[feature, `and ${more} more`] as const]),
  ]);
