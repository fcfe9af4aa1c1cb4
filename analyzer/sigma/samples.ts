import { isRecord, type Observation } from '../../shared/observation.ts';
import { compileRules } from './compile.ts';
import type { ParsedDocument } from './language/document.ts';
import type { Rule } from './rule.ts';

/** What became of one sample of a rule. */
export interface SampleResult {
  readonly rule: string;
  readonly title: string;
  readonly file: string;
  /** What the sample says it is. */
  readonly note: string;
  readonly expected: boolean;
  readonly matched: boolean;
}

type MatchDocument = (rule: Rule, observation: Observation) => boolean;

const alone: MatchDocument = (rule, observation) => compileRules([rule]).match(observation).length > 0;

/** Tries every sample under `samples: {match, ignore}` on its own rule: log source and detection. */
export function runSamples(
  documents: readonly ParsedDocument[],
  matches: MatchDocument = alone,
): readonly SampleResult[] {
  return documents.flatMap(({ rule, attributes: { samples } }) => {
    if (!isRecord(samples) || rule.kind !== 'rule') return [];
    const run = (list: unknown, expected: boolean): SampleResult[] =>
      (Array.isArray(list) ? list.filter(isRecord) : []).map((sample) => {
        const { note, ...partial } = sample;
        const { id, title, file } = rule;
        return {
          rule: id,
          title,
          file,
          note: typeof note === 'string' ? note : '',
          expected,
          matched: matches(rule, completeSample(rule, partial)),
        };
      });
    return [...run(samples.match, true), ...run(samples.ignore, false)];
  });
}

/** A sample only writes what matters; this adds what every observation has, and a container unless the kind has none. */
export function completeSample(rule: Rule, partial: Readonly<Record<string, unknown>>): Observation {
  const kind = partial.kind ?? rule.logsource.category ?? 'container_configuration';
  const container = {
    id: 'c'.repeat(64),
    name: 'sample',
    image: { name: 'acme/app:1', id: 'sha256:0', registry: 'docker.io', repository: 'docker.io/acme/app' },
  };
  const base = {
    id: '0'.repeat(32),
    kind,
    at: 0,
    event: { source: 'inspect', action: kind === 'exec' ? 'exec_start' : 'create' },
    host: { id: 'host', name: 'host' },
    ...(kind === 'gap' ? {} : { container }),
    ...(kind === 'container_configuration'
      ? { snapshot: { id: '', object: objectOf(partial), objects: [], hash: '' } }
      : {}),
    ...Object.fromEntries(Object.entries(harmless).filter(([name]) => name in partial || name === kind)),
  };
  // A sample is as loose as YAML; rules read it by field names only.
  return merged(base, partial) as unknown as Observation;
}

/** An ordinary one of each, so that a sample shows nothing but what makes it dangerous. */
const harmless: Readonly<Record<string, object>> = {
  mount: {
    type: 'bind',
    source: '/srv/data',
    source_real: '/srv/data',
    resolved: true,
    destination: '/data',
    rw: true,
    propagation: 'rprivate',
    is_runtime_socket: false,
    socket_alias: false,
    covers_socket: false,
    is_socket: false,
    is_file: false,
  },
  device: { path: '/dev/zero', path_in_container: '/dev/zero', permissions: 'rwm', resolved: true, class: 'other' },
  namespace_join: {
    type: 'net',
    target: { id: 'd'.repeat(64), name: 'other', image: 'acme/other:1' },
    target_more_privileged: false,
    other_project: false,
  },
  exec: {
    id: 'e'.repeat(64),
    args: ['id'],
    command: 'id',
    resolved: true,
    user: '',
    uid: 0,
    privileged: false,
    tty: false,
    open_stdin: false,
    is_healthcheck: false,
    is_shell: false,
  },
};

/** Samples of mounts, devices and joins speak of these objects; others of the container. */
function objectOf(partial: Readonly<Record<string, unknown>>): string {
  const object = ['mount', 'device', 'port', 'namespace_join'].find((name) => name in partial);
  return object === undefined ? 'container' : `${object}:sample`;
}

function merged(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isRecord(below) && isRecord(value) ? merged(below, value) : value;
  }
  return result;
}
