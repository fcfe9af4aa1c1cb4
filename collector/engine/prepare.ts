import type { PluginFacts } from '../../shared/facts/plugin.ts';
import type { EngineClient } from './client.ts';
import type { EngineEvent } from './event.ts';
import { pluginFacts } from './facts/plugin.ts';
import type { ContainerSnapshot } from './facts/snapshot.ts';
import { type ExecLookup, type ExecRecord, findExec } from './find-exec.ts';
import { parseImageInspect, parsePluginInspect } from './inspect-parse.ts';
import type { ContainerInspect, ImageInspect } from './inspect-types.ts';
import type { Resolver } from './resolve.ts';

/** What was asked of the engine right after an event: the facts that the event itself does not carry. */
export interface Prepared {
  readonly event: EngineEvent;
  readonly inspect?: ContainerInspect;
  readonly snapshot?: ContainerSnapshot;
  readonly exec?: ExecRecord;
  /** Of an image event after which it matters which id a name has, or which names an id. */
  readonly image?: ImageInspect;
  /** Of a plugin that was installed or switched on. */
  readonly plugin?: PluginFacts;
  /** A container that was just made, and was gone when it was asked about. */
  readonly gone?: true;
  readonly passwd: string | null;
}

export interface PrepareContext extends ExecLookup {
  readonly client: ExecLookup['client'] & Pick<EngineClient, 'inspectImage' | 'inspectPlugin'>;
  readonly resolver: Resolver;
  now?(): number;
}

/** Events after which a container's configuration is looked at again. */
export const configuring: ReadonlySet<string> = new Set(['create', 'start', 'update', 'rename']);

/** Asks at once, while the objects still are there. Never rejects: what cannot be had is missing from the result. */
export async function prepare(event: EngineEvent, context: PrepareContext): Promise<Prepared> {
  try {
    if (event.type === 'container') return await prepareContainer(event, context);
    if (event.type === 'plugin') return await preparePlugin(event, context);
    if (event.type === 'image') return await prepareImage(event, context);
    if (event.type === 'volume' && event.action === 'create') await context.resolver.warmVolume(event.actor);
    if (event.type === 'volume' && event.action === 'destroy') context.resolver.forgetVolume(event.actor);
    const container = event.type === 'network' ? event.attributes.container : undefined;
    if (container !== undefined && context.labelKeys(container) === undefined)
      return { event, passwd: null, ...withoutGone(await configuration(container, context)) };
  } catch (error) {
    context.failed(`${event.type} ${event.action}`, error);
  }
  return { event, passwd: null };
}

const installing: ReadonlySet<string> = new Set(['create', 'pull', 'install', 'upgrade', 'enable']);

async function preparePlugin(event: EngineEvent, { client }: PrepareContext): Promise<Prepared> {
  const body = installing.has(event.action) ? await client.inspectPlugin(event.actor) : undefined;
  if (body === undefined) return { event, passwd: null };
  return { event, passwd: null, plugin: pluginFacts(parsePluginInspect(body, 'plugin inspect')) };
}

/** A pull is told by name, the others by id; a load names nothing of what it brought. */
const namesMatter: ReadonlySet<string> = new Set(['pull', 'load', 'untag']);

async function prepareImage(event: EngineEvent, { client }: PrepareContext): Promise<Prepared> {
  const body = namesMatter.has(event.action) ? await client.inspectImage(event.actor) : undefined;
  return body === undefined
    ? { event, passwd: null }
    : { event, passwd: null, image: parseImageInspect(body, `inspect of image ${event.actor}`) };
}

async function prepareContainer(event: EngineEvent, context: PrepareContext): Promise<Prepared> {
  const known = context.labelKeys(event.actor);
  const wanted = configuring.has(event.action) || (known === undefined && event.action !== 'destroy');
  const { gone, ...looked } = wanted ? await configuration(event.actor, context) : {};
  if (gone && event.action === 'create' && isNew(event, context)) return { event, gone, passwd: null };
  if (!event.action.startsWith('exec_')) return { event, ...looked, passwd: null };
  // The labels must be known before anything in the event's attributes is believed.
  const labelKeys = known ?? looked.snapshot?.container.label_keys;
  const exec = await findExec(event, { ...context, labelKeys: () => labelKeys });
  const byName = exec.inspect?.ProcessConfig?.user;
  const passwd = byName && !/^[+\d]+(:|$)/.test(byName) ? await passwdOf(event.actor, context) : null;
  return { event, ...looked, passwd, exec };
}

/** An event that the engine repeats is old: then it is no wonder that the container is gone. */
const newMs = 5_000;
const isNew = ({ at }: EngineEvent, { now }: PrepareContext): boolean => now !== undefined && now() - at < newMs;

const withoutGone = ({ gone: _gone, ...looked }: Awaited<ReturnType<typeof configuration>>): Partial<Prepared> =>
  looked;

async function configuration(
  id: string,
  { client, resolver, failed }: PrepareContext,
): Promise<Pick<Prepared, 'inspect' | 'snapshot' | 'gone'>> {
  try {
    const inspect = await client.inspectContainer(id);
    return inspect === undefined ? { gone: true } : { inspect, snapshot: await resolver.snapshot(inspect) };
  } catch (error) {
    failed(`inspect of ${id.slice(0, 12)}`, error);
    return {};
  }
}

async function passwdOf(id: string, { client, resolver, failed }: PrepareContext): Promise<string | null> {
  try {
    return await resolver.passwdOf(await client.inspectContainer(id));
  } catch (error) {
    failed(`inspect of ${id.slice(0, 12)}`, error);
    return null;
  }
}
