import type { Config } from '../../shared/config/schema.ts';
import { severityRank } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import { fits } from './glob.ts';

/** Which incidents go to which sinks. Conditions that are absent hold; of a list one is enough. */
export type Route = Omit<NonNullable<Config['routes']>[number], 'to'> & {
  readonly to: readonly string[] | 'every sink';
};

/** Without routes: what somebody may have to do something about. The rest stands in the feed (docs/decisions/routes.md). */
export const quietRoutes: readonly Route[] = [
  { to: 'every sink', kind: 'incident', severity: 'low' },
  { to: 'every sink', kind: 'posture', severity: 'medium' },
];

/**
 * Whether an incident goes to a sink: whether one of the routes to it lets it through. No condition can cease to hold while an incident grows (it
 * only gets worse, and a rule that has a line keeps one), so what a sink was told of once it is told of to the end.
 */
export const leadsTo = (sink: string, routes: readonly Route[], incident: Incident): boolean =>
  routes.some((route) => (route.to === 'every sink' || route.to.includes(sink)) && holds(route, incident));

function holds(route: Route, incident: Incident): boolean {
  const { severity, kind, workloads, hosts, techniques, tactics } = route;
  return (
    (severity === undefined || severityRank(incident.severity) >= severityRank(severity)) &&
    (kind === undefined || incident.kind === kind) &&
    oneFits(workloadNames(incident), workloads) &&
    oneFits([incident.host.name, incident.host.id], hosts) &&
    oneFits(incident.techniques, techniques) &&
    oneFits(incident.tactics, tactics) &&
    hasFinding(route, incident)
  );
}

/** Those of the containers that joined or merged, too. */
const workloadNames = ({ workload, workloads = [] }: Incident): readonly string[] => [
  workload?.name ?? '',
  ...workloads.map(({ name }) => name),
];

/** One and the same finding has to meet all that is asked of findings. */
function hasFinding({ nature, rules }: Route, { findings }: Incident): boolean {
  if (nature === undefined && rules === undefined) return true;
  return findings.some(
    (finding) =>
      (nature === undefined || finding.nature === nature) &&
      oneFits([finding.rule.id, ...finding.rule.catalogue], rules),
  );
}

const oneFits = (names: readonly string[], patterns: readonly string[] | undefined): boolean =>
  patterns === undefined || names.some((name) => patterns.some((pattern) => fits(name, pattern)));
