import type { RecordedEvent } from '../../cli/demo/recording.ts';
import type { Finding, FindingRecord } from '../../shared/finding.ts';
import type { Incident, IncidentUpdate } from '../../shared/incident.ts';
import type { Observation } from '../../shared/observation.ts';

/**
 * What a run of a recorded session left in the log, and how two runs are compared. Gaps, ticks, polls and wall times are left out, as are
 * condition ids: a snapshot's id holds what inspect said at its moment.
 */
export interface Outcome {
  readonly observations: readonly Observation[];
  readonly findings: readonly Finding[];
  /** The newest update of each incident, by its id. */
  readonly incidents: ReadonlyMap<string, IncidentUpdate>;
  readonly emitted: readonly RecordedEvent[];
}

export const findingsIn = (records: readonly unknown[]): Finding[] =>
  (records as FindingRecord[]).flatMap((record) => (record.type === 'finding' ? [record.finding] : []));

export const newestOf = (updates: readonly unknown[]): Map<string, IncidentUpdate> =>
  new Map((updates as IncidentUpdate[]).map((update) => [update.incident.id, update]));

/** Ids of the observations that come from the engine's events. */
export const fromEvents = ({ observations }: Outcome): Set<string> =>
  new Set(observations.filter(({ event }) => event.time_nano !== undefined).map(({ id }) => id));

/** The findings about events by id, each with its row for a reader; one that was told twice stands there twice. */
export const eventFindings = (outcome: Outcome): string[] => {
  const events = fromEvents(outcome);
  return outcome.findings
    .filter(({ nature, observation }) => nature === 'event' && events.has(observation.id))
    .map(({ id, rule, container, host }) => `${id} ${rule.catalogue.join()} ${container?.name ?? ''} ${host.name}`)
    .sort();
};

/** For each incident: whom it is about, and how many findings of which rule are in it. Those about gaps, and those that went on in another, are left out. */
export const membership = ({ incidents }: Outcome): string[] =>
  [...incidents.values()]
    .map(({ incident }) => incident)
    .filter(
      ({ container, kind, mergedInto }) => mergedInto === undefined && (container !== undefined || kind === 'posture'),
    )
    .map((incident) => `${incident.host.id} ${incident.kind} ${incident.container?.lineage ?? ''}: ${lines(incident)}`)
    .sort();

const lines = ({ findings }: Incident): string =>
  findings
    .map(({ rule, count }) => `${rule.catalogue.join()}×${count}`)
    .sort()
    .join(' ');
