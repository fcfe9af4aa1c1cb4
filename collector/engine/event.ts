import { MalformedError, messageOf } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';

/** An engine event in our words, normalised once. */
export interface EngineEvent {
  /** `container`, `network`, `volume`, `image`, `plugin`, `daemon`, … */
  readonly type: string;
  /** The verb alone, in Docker's spelling: `exec_create`, `health_status`, `create`. */
  readonly action: string;
  /** What followed the verb: the command of an exec, the state of a health check. */
  readonly text: string;
  readonly actor: string;
  /** As the engine sent them: labels may have written any of them (catalogue L1). */
  readonly attributes: Readonly<Record<string, string>>;
  readonly scope: string;
  /** Nanoseconds since the epoch, decimal text: a number would lose the last digits. */
  readonly nano: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Parses one line of the event stream. @throws MalformedError */
export function parseEvent(line: string): EngineEvent {
  const body = parse(line);
  const actor = body.Actor;
  const nano = /"timeNano":\s*(\d{1,20})/.exec(line)?.[1];
  if (typeof body.Type !== 'string' || typeof body.Action !== 'string' || !isRecord(actor) || nano === undefined) {
    throw new MalformedError('an event needs Type, Action, Actor and timeNano', { place: 'engine event stream' });
  }
  const colon = body.Action.indexOf(':');
  const attributes = isRecord(actor.Attributes) ? actor.Attributes : {};
  return {
    type: body.Type,
    action: dockerVerb(body.Type, colon < 0 ? body.Action : body.Action.slice(0, colon)),
    text: colon < 0 ? '' : body.Action.slice(colon + 1).replace(/^ /, ''),
    actor: actorOf(body.Type, typeof actor.ID === 'string' ? actor.ID : '', attributes),
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
    scope: typeof body.scope === 'string' ? body.scope : '',
    nano,
    at: Number(BigInt(nano) / 1_000_000n),
  };
}

/** What Podman's Docker-compatible API says in words of its own (podman 4.3). Docker gives none of these types such a verb. */
const podmanVerbs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  container: { exec: 'exec_start', exec_died: 'exec_die', remove: 'destroy' },
  volume: { remove: 'destroy' },
  network: { remove: 'destroy' },
};

function dockerVerb(type: string, verb: string): string {
  const verbs = Object.hasOwn(podmanVerbs, type) ? podmanVerbs[type] : undefined;
  return verbs !== undefined && Object.hasOwn(verbs, verb) ? (verbs[verb] ?? verb) : verb;
}

/** Podman gives the events of a volume and the pull of an image no id, only a name. */
const actorOf = (type: string, id: string, { name }: Record<string, unknown>): string =>
  id === '' && (type === 'volume' || type === 'image') && typeof name === 'string' ? name : id;

function parse(line: string): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(line);
  } catch (error) {
    throw new MalformedError(`not JSON: ${messageOf(error)}`, { place: 'engine event stream', cause: error });
  }
  if (!isRecord(body)) throw new MalformedError('an event is a JSON object', { place: 'engine event stream' });
  return body;
}
