import type { Evidence } from '../../shared/evidence.ts';

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
}: NonNullable<Evidence['configuration']>): readonly (readonly [string, string])[] {
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
