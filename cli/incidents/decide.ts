import { type Command, InvalidArgumentError } from 'commander';
import type { IncidentOrder } from '../../shared/decision.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Incident } from '../../shared/incident.ts';
import { connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, decides, type Obeying } from '../decide.ts';
import { incidentCalled, successorOf } from './find.ts';

interface IncidentFlags extends DecisionFlags {
  readonly expect?: number;
}

type Type = Exclude<IncidentOrder['type'], 'suppress' | 'unsuppress' | 'forget-host'>;

const orders: readonly { readonly type: Type; readonly what: string }[] = [
  { type: 'acknowledge', what: 'you work on it: it stays, and opens again when it gets worse' },
  { type: 'close', what: 'it is over, whatever is still so; what is found soon after opens it again' },
  { type: 'note', what: 'a remark for whoever looks at it later' },
];

/** `incidents acknowledge | close | note`: what a person does about an incident. */
export function addIncidentDecisions(incidents: Command, contextOf: MakeContext): void {
  for (const { type, what } of orders) {
    decides(incidents.command(`${type} <id>`).description(what))
      .option('--expect <version>', 'only if the incident still has that version', versionOf)
      .action(async (called: string, _options: object, command: Command) => {
        const flags = command.optsWithGlobals<IncidentFlags>();
        const context = contextOf(flags);
        const api = connectApi(context);
        const incident = await incidentCalled(api, called);
        const { id, host } = incident;
        const successor = await successorOf(api, incident);
        const order = { type, incident: id, ...(flags.expect !== undefined && { version: flags.expect }) };
        const obeying = obeyingFor(type, { mergedInto: incident.mergedInto, successor });
        await decideAndWait(context, { api, flags, order, host: host.id }, obeying);
      });
  }
}

/** What the feed knows of where it goes on; the answer of the stage goes before it. */
const obeyingFor = (
  type: Type,
  { mergedInto, successor }: { readonly mergedInto: string | undefined; readonly successor: Incident | undefined },
): Obeying => ({
  by: 'alerting',
  refused: (answer) => {
    const id = answer.successor ?? successor?.id ?? mergedInto;
    if (id === undefined) return 'see `moorwatch incidents`, it may have changed meanwhile';
    const isOver = successor?.id === id && successor.status === 'closed' && type !== 'note';
    const command = `moorwatch incidents ${isOver ? 'show' : type} ${escapeControl(id, 80)}`;
    return isOver ? `see \`${command}\`` : `decide about that one: \`${command} --reason …\``;
  },
});

function versionOf(text: string): number {
  const version = Number(text);
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidArgumentError('a version is a number from 1');
  return version;
}
