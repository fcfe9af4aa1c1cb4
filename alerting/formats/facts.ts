import { clipBytes } from '../../shared/clip.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import { lineOf, visible } from './syslog-fields.ts';
import { isoTime } from './syslog-header.ts';

/** What a person wants to know of an incident, one thing: its key for programs, its name for people, its text for one line. */
export interface Fact {
  /** Lower-case letters and `_`. */
  readonly key: string;
  readonly name: string;
  /** Nothing in it is invisible or controlling; at most 512 bytes. */
  readonly text: string;
}

const mostBytes = 512;

/** The facts that there are, what matters most first. */
export function factsOf(update: IncidentUpdate): readonly Fact[] {
  const { incident } = update;
  const { container, acknowledgement } = incident;
  const line = lineOf(update);
  const rule = line?.rule;
  const all: readonly (readonly [key: string, name: string, value: string | undefined])[] = [
    ['host', 'Host', incident.host.name],
    ['container', 'Container', container?.name],
    ['image', 'Image', container?.image.name],
    ['workload', 'Workload', incident.workload?.name],
    ['rule', 'Rule', rule?.title],
    ['catalogue', 'Catalogue', rule?.catalogue.join(', ')],
    ['techniques', 'ATT&CK techniques', incident.techniques.join(', ')],
    ['tactics', 'ATT&CK tactics', incident.tactics.join(', ')],
    ['findings', 'Findings', Number.isSafeInteger(incident.count) ? String(incident.count) : undefined],
    ['raised', 'Raised', incident.raised && raisedText(incident.raised)],
    ['opened', 'Opened', isoTime(incident.openedAt)],
    ['ended', 'No longer so since', line?.endedAt === undefined ? undefined : isoTime(line.endedAt)],
    ['reason', 'Reason', update.reason ?? incident.closeReason],
    ['acknowledged_by', 'Acknowledged by', acknowledgement?.by],
    ['acknowledgement', 'Acknowledgement', acknowledgement?.note],
    ['closed_by', 'Closed by', incident.closedBy],
    ['merged_into', 'Merged into', incident.mergedInto],
    ['container_id', 'Container id', container?.id],
    ['incident', 'Incident', incident.id],
    ['update', 'Update', update.id],
  ];
  return all.flatMap(([key, name, value]) =>
    value === undefined || value === '' ? [] : [{ key, name, text: shown(value, mostBytes) }],
  );
}

/** The same by their keys. */
export const factsByKey = (update: IncidentUpdate): Record<string, string> =>
  Object.fromEntries(factsOf(update).map(({ key, text }) => [key, text]));

/** Somebody else's text, whose invisible and controlling characters are shown as `\u{…}`, in at most so many bytes of UTF-8. */
export const shown = (text: string, most: number): string => clipBytes(text, most, visible);
