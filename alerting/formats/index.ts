import type { IncidentUpdate } from '../../shared/incident.ts';
import type { MessageFormat, OcsfClass } from '../../shared/message-format.ts';
import { falcoAlert } from './falco.ts';
import { ocsfEvents } from './ocsf.ts';

/**
 * The format door: a file under formats/ that turns an incident update into text, and a line below. Pure: a format knows no receiver. Sinks that
 * carry any text (file, webhook, kafka) take one by its name.
 */
export interface Format {
  readonly contentType: string;
  /** What an update becomes: each a JSON object on one line. None where the format has nothing to tell of it. */
  messages(update: IncidentUpdate): readonly Message[];
  /** The same for a receiver that takes one body an update; undefined where there is nothing to tell. */
  body(update: IncidentUpdate): string | undefined;
}

export interface Message {
  /** The idempotency id: what comes twice has the same. */
  readonly id: string;
  readonly text: string;
}

/** `format` and `ocsfClass` of a sink's configuration, as far as they are set. */
export interface FormatChoice {
  /** Default: moorwatch. */
  readonly format?: MessageFormat | undefined;
  /** Default: both. */
  readonly ocsfClass?: OcsfClass | undefined;
}

const contentType = 'application/json';

const one = (write: (update: IncidentUpdate) => string): Format => ({
  contentType,
  messages: (update) => [{ id: update.id, text: write(update) }],
  body: write,
});

/** The update itself, as the log and the feed have it. */
export const moorwatchFormat: Format = one((update) => JSON.stringify(update));

/** A format by its name. @param version of Moorwatch */
export function createFormat({ format = 'moorwatch', ocsfClass = 'both' }: FormatChoice, version: string): Format {
  switch (format) {
    case 'moorwatch':
      return moorwatchFormat;
    case 'falco':
      return one(falcoAlert);
    case 'ocsf':
      return ocsf(ocsfClass, version);
  }
}

/** Two classes are two events, so that body is an array, whatever is in it. */
function ocsf(ocsfClass: OcsfClass, version: string): Format {
  const messages = (update: IncidentUpdate): readonly Message[] =>
    ocsfEvents(update, { ocsfClass, version }).map(({ id, event }) => ({ id, text: JSON.stringify(event) }));
  return {
    contentType,
    messages,
    body: (update) => {
      const texts = messages(update).map(({ text }) => text);
      return ocsfClass === 'both' ? `[${texts.join(',')}]` : texts.length === 0 ? undefined : listed(texts);
    },
  };
}

/** Of one class there are several only where several findings opened an incident, or several conditions ended at once. */
const listed = (texts: readonly string[]): string => (texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(',')}]`);
