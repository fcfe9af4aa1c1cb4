import { type StoredItem, type StoredWorkload, slotsOf } from '../../shared/baseline-state.ts';
import { undecidedMs, weekMs } from './rate.ts';
import type { Sight } from './sight.ts';
import type { Evidence } from './surprise.ts';

/** What a new image version brings is expected so soon after it was seen first (record time), ms. */
export const releaseMs = 24 * 3_600_000;

type Version = StoredWorkload['versions'][number];

/** What is known of the versions of a workload, and of what they brought. */
export interface Releases {
  readonly versions: readonly Version[];
  readonly items: readonly StoredItem[];
  readonly evidence: Pick<Evidence, 'first' | 'until'>;
}

/**
 * How often a week a novelty of a feature is expected that a new version of an image brings: another program, another place to call. Who was watched for a
 * week without a release knows nothing of releases, however quiet that week was. With n novelties in the first day of each of R releases that were seen
 * while its feature was learned or judged, the next one brings (n + ½)/R of them (Jeffreys, as in rate.ts; infinite without any release), and releases came
 * (R + 1)/T times a week, this one too. So only the releases before say that they bring nothing. What was told within a week and nobody decided about is no
 * evidence, nor is the time since (surprise.ts).
 *
 * @returns undefined where that is nothing that a version brings, or it is older than a day
 */
export function releasedPerWeek(sight: Sight, releases: () => Releases): number | undefined {
  const { feature, item, phase, observation, now } = sight;
  const image = observation.container?.image.id;
  if (image === undefined || feature.brings?.(item) !== true || phase !== 'steady') return undefined;
  const { versions, items, evidence } = releases();
  const own = versions.at(-1);
  if (own === undefined || own.image !== image || now - own.first >= releaseMs) return undefined;
  const { first, until } = evidence;
  // What it was learned with is no new one.
  if (own.first <= first) return undefined;
  const before = versions.filter((one) => one !== own && one.first > first && one.first + releaseMs <= until);
  if (before.length === 0) return Number.POSITIVE_INFINITY;
  const brought = items.filter((one) => isDecided(one, now) && before.some((version) => isBroughtBy(version, one)));
  return ((brought.length + 0.5) / before.length) * ((before.length + 1) / ((now - first) / weekMs));
}

const isDecided = ({ told }: StoredItem, now: number): boolean => told === undefined || told <= now - undecidedMs;

function isBroughtBy({ number, first }: Version, { versions, steady }: StoredItem): boolean {
  if (versions?.oldest !== number || steady === undefined || slotsOf(steady) === 0) return false;
  return steady.first >= first && steady.first - first < releaseMs;
}
