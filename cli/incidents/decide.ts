import { type Command, InvalidArgumentError } from 'commander';
import type { IncidentOrder } from '../../shared/decision.ts';
import { connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, decides, type Obeying } from '../decide.ts';
import { incidentCalled } from './find.ts';

interface IncidentFlags extends DecisionFlags {
  readonly expect?: number;
}

const obeying: Obeying = {
  by: 'alerting',
  refused: 'see `moorwatch incidents`, it may have changed meanwhile',
};

const orders: readonly { readonly type: Exclude<IncidentOrder['type'], 'suppress' | 'unsuppress'>; what: string }[] = [
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
        const { id, host } = await incidentCalled(api, called);
        const order = { type, incident: id, ...(flags.expect !== undefined && { version: flags.expect }) };
        await decideAndWait(context, { api, flags, order, host: host.id }, obeying);
      });
  }
}

function versionOf(text: string): number {
  const version = Number(text);
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidArgumentError('a version is a number from 1');
  return version;
}
