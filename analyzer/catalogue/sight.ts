import type { Cover, RowCoverage } from './coverage.ts';
import { rowTiers } from './rows.ts';

/** What a collector says of what it sees with. */
export interface Seeing {
  /** Tier → full | partial | none. */
  readonly coverage: Readonly<Record<string, string>>;
  /** Sensor → running | unavailable | failed; one that is switched off is not there. */
  readonly sensors: Readonly<Record<string, string>>;
}

export interface SeenContainer {
  /** `host` | `none` | `container:<id>` | `private`. */
  readonly network: string;
  readonly paused: boolean;
}

/** Rows that cannot be seen for one reason. */
export interface Unseen {
  readonly why: string;
  readonly rows: readonly string[];
}

/** Of a tier: its state and the rows of which something can be seen from it. */
export interface TierSight {
  readonly tier: string;
  readonly state: string;
  readonly rows: readonly string[];
}

/**
 * Sensors that make observations of a kind (or of a category of Sigma's own): any of them is enough. A kind that is not here comes with the
 * engine's events.
 */
const sensorsOf: Readonly<Record<string, readonly string[]>> = {
  connection: ['connections'],
  dns: ['dns'],
  dns_query: ['dns'],
  network_connection: ['connections'],
  container_configuration: ['configuration'],
  container_lifecycle: ['lifecycle'],
  exec: ['exec'],
  process: ['processes'],
  process_creation: ['processes', 'exec'],
  resources: ['resources'],
  syscall: ['mounts'],
};

/** Facts that a sensor of their own makes: connections to sockets in the file system need no network, and not all of the engine is an event. */
const sensorOfFields: readonly { readonly kind: string; readonly field: RegExp; readonly sensor: string }[] = [
  { kind: 'connection', field: /^network\.runtime_socket$/, sensor: 'api-sockets' },
  { kind: 'daemon', field: /^daemon\./, sensor: 'daemon' },
  { kind: 'daemon', field: /^stops\./, sensor: 'stops' },
];

function sensorsFor(kind: string, { fields }: Cover): readonly string[] {
  const own = sensorOfFields.find((of) => of.kind === kind && fields.some((field) => of.field.test(field)));
  return own === undefined ? (sensorsOf[kind] ?? []) : [own.sensor];
}

/** Why this cover finds nothing here; undefined when it does. */
function blindness(cover: Cover, { coverage, sensors }: Seeing): string | undefined {
  const { tier, kinds } = cover;
  if ((coverage[tier] ?? 'full') === 'none') return tier === 'kernel' ? kernelOnly : `the ${tier} tier is not there`;
  for (const kind of kinds) {
    const names = sensorsFor(kind, cover);
    if (names.length === 0 || names.some((name) => sensors[name] === 'running')) continue;
    return `the sensor ${names.join(' or ')} is ${sensors[names[0] ?? ''] ?? 'switched off'}`;
  }
  return undefined;
}

const kernelOnly = 'only the kernel tier shows it';

/** Rows that nobody can see on this host, by reason; each row stands once. */
export function unseenRows(coverage: readonly RowCoverage[], seeing: Seeing): readonly Unseen[] {
  return grouped(
    coverage.flatMap(({ row, covered, by }) => {
      if (row.note !== undefined) return [];
      if (covered === 'no') return [[row.id, row.tier === 'kernel' ? kernelOnly : 'no rule finds it'] as const];
      const reasons = by.map((cover) => blindness(cover, seeing));
      const [why] = reasons;
      return why === undefined || reasons.includes(undefined) ? [] : [[row.id, why] as const];
    }),
  );
}

/** From which tier how many rows are seen. */
export function tierSights(coverage: readonly RowCoverage[], seeing: Seeing): readonly TierSight[] {
  return rowTiers.map((tier) => ({
    tier,
    state: seeing.coverage[tier] ?? 'none',
    rows: coverage
      .filter(({ by }) => by.some((cover) => cover.tier === tier && blindness(cover, seeing) === undefined))
      .map(({ row }) => row.id),
  }));
}

/** Rows that can be seen on the host and not in this container, by reason. */
export function unseenIn(
  container: SeenContainer,
  coverage: readonly RowCoverage[],
  seeing: Seeing,
): readonly Unseen[] {
  const lacking = lackOf(container);
  if (lacking === undefined) return [];
  return grouped(
    coverage.flatMap(({ row, by }) => {
      const working = by.filter((cover) => blindness(cover, seeing) === undefined);
      const blind = working.length > 0 && working.every(lacking.hides);
      return blind ? [[row.id, lacking.why] as const] : [];
    }),
  );
}

interface Lack {
  readonly why: string;
  hides(cover: Cover): boolean;
}

const readsTraffic = ({ fields }: Cover): boolean => fields.some((field) => field.startsWith('resources.network_'));

function lackOf({ network }: SeenContainer): Lack | undefined {
  if (network === 'host')
    return {
      why: 'the host’s network: nobody counts what the container sends, nor tells its use of the API from the host’s own',
      hides: (cover) => readsTraffic(cover) || cover.kinds.some((kind) => sensorsFor(kind, cover)[0] === 'api-sockets'),
    };
  if (network.startsWith('container:'))
    return { why: 'another container’s network: its traffic is counted there', hides: readsTraffic };
  if (network === 'none')
    return {
      why: 'it has no network',
      hides: (cover) => readsTraffic(cover) || cover.kinds.some((kind) => sensorsFor(kind, cover)[0] === 'connections'),
    };
  return undefined;
}

function grouped(found: readonly (readonly [row: string, why: string])[]): readonly Unseen[] {
  const reasons = new Map<string, string[]>();
  for (const [row, why] of found) reasons.set(why, [...(reasons.get(why) ?? []), row]);
  return [...reasons].map(([why, rows]) => ({ why, rows }));
}
