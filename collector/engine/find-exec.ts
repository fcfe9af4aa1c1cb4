import { deriveId } from '../../shared/hash.ts';
import type { EngineEvent } from './event.ts';
import type { ExecInspect } from './inspect-types.ts';
import type { PrepareContext } from './prepare.ts';

export interface ExecRecord {
  readonly id: string;
  /** The command as the events give it. */
  readonly text: string;
  readonly inspect: ExecInspect | undefined;
}

/**
 * N7. The event's execID is taken at its word only where no label of the container could have written it (catalogue L1); otherwise the exec
 * is looked for among the container's live ones, by its command.
 */
export async function findExec(event: EngineEvent, context: PrepareContext): Promise<ExecRecord> {
  const claimed = event.attributes.execID ?? '';
  const poisoned = context.labelKeys(event.actor).includes('execID') || !/^[0-9a-f]{64}$/.test(claimed);
  if (!poisoned) return inspected(claimed, event, context);
  const found = await byCommand(event, context);
  return found ?? { id: deriveId('exec', event.actor, event.nano), text: event.text, inspect: undefined };
}

async function inspected(id: string, event: EngineEvent, { client, execs }: PrepareContext): Promise<ExecRecord> {
  const known = execs.get(id);
  // Who runs what never changes; how it ended is there only afterwards.
  const enough = known?.inspect !== undefined && event.action !== 'exec_die';
  const inspect = enough ? known.inspect : ((await client.inspectExec(id)) ?? known?.inspect);
  return { id, text: event.text || (known?.text ?? ''), inspect };
}

async function byCommand(event: EngineEvent, context: PrepareContext): Promise<ExecRecord | undefined> {
  const { client, execs } = context;
  if (event.action === 'exec_die') return undefined;
  const container = await client.inspectContainer(event.actor);
  for (const id of [...(container?.ExecIDs ?? [])].reverse()) {
    const record = await inspected(id, event, context);
    const { entrypoint = '', arguments: rest } = record.inspect?.ProcessConfig ?? {};
    const isNew = !execs.has(id) || event.action !== 'exec_create';
    if (isNew && [entrypoint, ...(rest ?? [])].join(' ').trim() === event.text.trim()) return record;
  }
  return undefined;
}
