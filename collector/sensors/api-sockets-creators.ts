import type { CreatorFacts } from '../../shared/facts/creator.ts';

/** A container's connection to an engine's API, with the looks that it was seen in, milliseconds since the epoch. */
export interface ApiConnection {
  readonly client: ApiClient;
  /** The last look in which it was not there yet. */
  readonly before: number;
  readonly first: number;
  readonly last: number;
  /** The first look in which it was gone. */
  readonly until?: number;
}

export interface ApiClient {
  readonly container_id: string;
  readonly name: string;
  readonly image: string;
}

/** Something that the engine was asked for. */
export interface Request {
  /** Of the container that was made, or in which something was started. */
  readonly container: string;
  readonly at: number;
}

/** Who may have asked: between a look at a connection and what comes of it lie at most so many ms (catalogue API-02). */
export const attributionMs = 5_000;

/** An exec in a container that can reach the API: whoever did it may use the API there. */
export interface ReachingExec extends Request {
  readonly client: ApiClient;
}

/**
 * Which container asked the engine for this. Pure. A connection that is much older than the request (a proxy that listens to events for ever) and one
 * that was over by then prove nothing; neither do two of different containers.
 */
export function creatorOf(
  request: Request,
  { connections, execs }: { readonly connections: readonly ApiConnection[]; readonly execs: readonly ReachingExec[] },
): CreatorFacts | undefined {
  const near = connections.filter((connection) => isNear(connection, request.at)).sort(byBeginning);
  const begun = near.filter((connection) => isOpen(connection, request.at) && isYoung(connection, request.at));
  const [newest] = begun;
  if (newest !== undefined) {
    const isAlone = begun.every(({ client }) => client.container_id === newest.client.container_id);
    return { ...newest.client, certainty: isAlone ? 'observed' : 'possible', by: 'connection' };
  }
  const [last] = near;
  // The exec is what was asked for itself: it did not ask for itself.
  const exec = execs
    .filter(
      ({ at, container }) => container !== request.container && at <= request.at && request.at - at <= attributionMs,
    )
    .sort((a, b) => b.at - a.at)[0];
  // An exec just now says more than a connection that stands open all day.
  if (exec !== undefined && (last === undefined || !isYoung(last, request.at)))
    return { ...exec.client, certainty: 'possible', by: 'exec' };
  return last === undefined ? undefined : { ...last.client, certainty: 'possible', by: 'connection' };
}

const byBeginning = (a: ApiConnection, b: ApiConnection): number => b.first - a.first;

const isOpen = ({ before, until = Number.POSITIVE_INFINITY }: ApiConnection, at: number): boolean =>
  before < at && at < until;

/** By the look before it was seen: one that was there in the very first look may be as old as its container. */
const isYoung = ({ before }: ApiConnection, at: number): boolean => at - before <= attributionMs;

const isNear = (connection: ApiConnection, at: number): boolean =>
  isOpen(connection, at) || (connection.before < at && at - (connection.until ?? at) <= attributionMs);

/** What the sensor that sees connections gives while it runs. */
export interface ConnectionSource {
  /** Looks at the containers that can reach an API, at once. */
  look(): void;
  connections(): readonly ApiConnection[];
  /** Whether a process of this container has a client's side; a connection in the table may be one that it made with itself. */
  isClient(container: string): boolean;
  /** Something was asked for through a connection of this container. */
  asked(container: string): void;
}

/** Who asked for what: fed by sensors, asked by sensors. */
export interface Creators {
  of(request: Request): CreatorFacts | undefined;
  /** A process was started by the engine in a container. */
  started(exec: ReachingExec): void;
  /** Gives the function that takes the source away again. */
  attach(source: ConnectionSource): () => void;
}

const mostExecs = 1_000;

/** `reaches`: whether a container's mounts lead to a runtime's socket. Without a source execs alone say something. */
export function createCreators({ reaches }: { reaches(container: string): boolean }): Creators {
  const sources = new Set<ConnectionSource>();
  const execs: ReachingExec[] = [];
  return {
    of: (request) => {
      for (const source of sources) source.look();
      const connections = [...sources].flatMap((source) => source.connections());
      const creator = creatorOf(request, { connections, execs });
      if (creator?.by !== 'connection') return creator;
      const { container_id: id } = creator;
      for (const source of sources) source.asked(id);
      if (creator.certainty !== 'observed' || [...sources].some((source) => source.isClient(id))) return creator;
      return { ...creator, certainty: 'possible' };
    },
    started: (exec) => {
      if (!reaches(exec.container)) return;
      execs.push(exec);
      const old = execs.findIndex(({ at }) => exec.at - at <= attributionMs);
      execs.splice(0, Math.max(old, execs.length - mostExecs));
    },
    attach: (source) => {
      sources.add(source);
      return () => void sources.delete(source);
    },
  };
}
