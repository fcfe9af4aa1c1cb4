import type { EngineClient } from './client.ts';
import type { EngineEvent } from './event.ts';
import type { ContainerSnapshot } from './facts/snapshot.ts';
import { type ExecRecord, findExec } from './find-exec.ts';
import type { ContainerInspect } from './inspect-types.ts';
import type { Resolver } from './resolve.ts';

/** What was asked of the engine right after an event: the facts that the event itself does not carry. */
export interface Prepared {
  readonly event: EngineEvent;
  readonly inspect?: ContainerInspect;
  readonly snapshot?: ContainerSnapshot;
  readonly exec?: ExecRecord;
  readonly passwd: string | null;
}

export interface PrepareContext {
  readonly client: EngineClient;
  readonly resolver: Resolver;
  /** Whether the container's facts are at hand already. */
  knows(id: string): boolean;
  labelKeys(id: string): readonly string[];
  readonly execs: Map<string, ExecRecord>;
  /** A request that failed for another reason than that the object is gone. */
  failed(request: string, error: unknown): void;
}

/** Events after which a container's configuration is looked at again. */
const configuring = new Set(['create', 'start', 'update', 'rename']);
const mostExecs = 5_000;

/** Asks at once, while the objects still are there. Never rejects: what cannot be had is missing from the result. */
export async function prepare(event: EngineEvent, context: PrepareContext): Promise<Prepared> {
  try {
    if (event.type === 'container') return await prepareContainer(event, context);
    if (event.type === 'volume' && event.action === 'create') await context.resolver.warmVolume(event.actor);
    if (event.type === 'volume' && event.action === 'destroy') context.resolver.forgetVolume(event.actor);
    const container = event.type === 'network' ? event.attributes.container : undefined;
    if (container !== undefined && !context.knows(container))
      return { event, passwd: null, ...(await configuration(container, context)) };
  } catch (error) {
    context.failed(`${event.type} ${event.action}`, error);
  }
  return { event, passwd: null };
}

async function prepareContainer(event: EngineEvent, context: PrepareContext): Promise<Prepared> {
  const isExec = event.action.startsWith('exec_');
  const wanted = configuring.has(event.action) || (!context.knows(event.actor) && event.action !== 'destroy');
  const [exec, known] = await Promise.all([
    isExec ? execOf(event, context) : undefined,
    wanted ? configuration(event.actor, context) : {},
  ]);
  const byName = exec?.inspect?.ProcessConfig?.user;
  const passwd = byName && !/^\d+$/.test(byName) ? await passwdOf(event.actor, context) : null;
  return { event, ...known, passwd, ...(exec === undefined ? {} : { exec }) };
}

async function configuration(
  id: string,
  { client, resolver }: PrepareContext,
): Promise<Pick<Prepared, 'inspect' | 'snapshot'>> {
  const inspect = await client.inspectContainer(id);
  return inspect === undefined ? {} : { inspect, snapshot: await resolver.snapshot(inspect) };
}

async function passwdOf(id: string, { client, resolver }: PrepareContext): Promise<string | null> {
  return resolver.passwdOf(await client.inspectContainer(id));
}

async function execOf(event: EngineEvent, context: PrepareContext): Promise<ExecRecord> {
  const { execs } = context;
  const found = await findExec(event, context);
  execs.set(found.id, found);
  const [oldest] = execs.keys();
  if (execs.size > mostExecs && oldest !== undefined) execs.delete(oldest);
  return found;
}
