import type { Severity } from '../../shared/finding.ts';
import type { Incident, IncidentChange, IncidentUpdate } from '../../shared/incident.ts';
import { parseTraceparent } from '../../shared/trace-context.ts';
import { tacticsOf, techniquesOf } from './attack.ts';
import { compact, type Draft, type EcsObject } from './ecs-object.ts';
import { headline, lineOf } from './syslog-fields.ts';
import { isoTime } from './syslog-header.ts';
import { integer, timeOf } from './values.ts';

export interface EcsOptions {
  /** Of Moorwatch, for `observer.version`. */
  readonly version: string;
}

/** Version of the Elastic Common Schema whose fields these are. */
const schemaVersion = '9.4.0';

/** The numbers that Elastic's own rules and integrations have for theirs. */
const severityNumbers: Readonly<Record<Severity, number>> = {
  informational: 0,
  low: 21,
  medium: 47,
  high: 73,
  critical: 99,
};

/** What calls for a person; the other changes are what people and time did about it, so a rule on alerts does not fire for them. */
const alerting: ReadonlySet<IncidentChange> = new Set(['opened', 'grown', 'reopened']);

/**
 * An incident update as a document of the Elastic Common Schema, `moorwatch.*` for what ECS has no field for. Every update is a document of
 * its own. Somebody else's texts are cut with `…`, and what is invisible or controlling in them is shown as `\u{…}`, so values are always
 * valid UTF-8.
 */
export function ecsDocument(update: IncidentUpdate, { version }: EcsOptions): EcsObject {
  const { incident } = update;
  const trace = parseTraceparent(incident.traceparent);
  return compact({
    // A data stream takes no document without one.
    '@timestamp': isoTime(update.at) ?? isoTime(0),
    ecs: { version: schemaVersion },
    message: headline(update),
    event: eventOf(update),
    observer: { vendor: 'Moorwatch', product: 'Moorwatch', type: 'ids', version },
    host: { id: incident.host.id, name: incident.host.name, hostname: incident.host.name },
    related: { hosts: [incident.host.name] },
    container: containerOf(incident),
    service: { id: incident.workload?.id, name: incident.workload?.name },
    orchestrator: { resource: { id: incident.workload?.id, name: incident.workload?.name } },
    rule: ruleOf(update),
    threat: threatOf(incident),
    trace: { id: trace?.traceId },
    moorwatch: ownOf(update),
  });
}

function eventOf(update: IncidentUpdate): Draft {
  const { change, incident } = update;
  const { rule, summary } = lineOf(update) ?? {};
  return {
    kind: alerting.has(change) ? 'alert' : 'event',
    category: [incident.kind === 'posture' ? 'configuration' : 'intrusion_detection'],
    type: ['info'],
    module: 'moorwatch',
    dataset: 'moorwatch.incidents',
    provider: 'moorwatch',
    action: `incident-${change}`,
    code: rule?.catalogue[0] ?? rule?.id,
    id: update.id,
    severity: severityNumbers[incident.severity],
    reason: update.reason ?? incident.closeReason ?? summary,
    sequence: integer(incident.version),
    start: timeOf(incident.openedAt),
    end: timeOf(incident.closedAt),
  };
}

/** `nginx:1@sha256:…`: the name before the tag, which stands behind the last `/`. */
function containerOf({ container }: Incident): Draft {
  if (container === undefined) return {};
  const [, name, tag] = /^(?!sha256:)([^@]*?)(?::([^:/@]*))?(?:@.*)?$/s.exec(container.image.name) ?? [];
  return {
    id: container.id,
    name: container.name,
    image: { name: name || container.image.name, tag: [tag], hash: { all: [container.image.id] } },
  };
}

function ruleOf(update: IncidentUpdate): Draft {
  const line = lineOf(update);
  return { id: line?.rule.id, name: line?.rule.title, category: line?.kind, ruleset: update.incident.ruleSets[0] };
}

function threatOf({ tactics, techniques }: Incident): Draft {
  const tactic = tacticsOf(tactics);
  const technique = techniquesOf(techniques);
  if (tactic.length === 0 && technique.techniques.length === 0) return {};
  return {
    framework: 'MITRE ATT&CK',
    tactic: { id: tactic.map(({ id }) => id), name: tactic.map(({ name }) => name) },
    technique: { id: technique.techniques, subtechnique: { id: technique.subtechniques } },
  };
}

/** What ECS has no field for. */
function ownOf(update: IncidentUpdate): Draft {
  const { change, incident } = update;
  const { acknowledgement } = incident;
  const line = lineOf(update);
  return {
    change,
    incident: {
      id: incident.id,
      version: integer(incident.version),
      kind: incident.kind,
      status: incident.status,
      severity: incident.severity,
      raised: incident.raised,
      title: incident.title,
      findings: integer(incident.count),
      unlisted: integer(incident.more),
      reopened: integer(incident.reopened),
      suppressed: integer(incident.suppressed),
      merged_into: incident.mergedInto,
      close_reason: incident.closeReason,
      closed_by: incident.closedBy,
      acknowledged: {
        at: timeOf(acknowledgement?.at),
        by: acknowledgement?.by,
        note: acknowledgement?.note,
      },
    },
    finding: {
      id: line?.id,
      nature: line?.nature,
      severity: line?.severity,
      summary: line?.summary,
      catalogue: line?.rule.catalogue,
      count: integer(line?.count),
      first: timeOf(line?.firstAt),
      last: timeOf(line?.lastAt),
      ended: timeOf(line?.endedAt),
    },
    container: { lineage: incident.container?.lineage },
  };
}
