import type { Command } from 'commander';
import { connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, decides } from '../decide.ts';

/** `status forget`: a host was taken away, and nobody is to miss it. */
export function addForgetHost(status: Command, contextOf: MakeContext): void {
  decides(
    status
      .command('forget <host>')
      .description(
        'this host (name or id) is gone for good: nothing is expected of it until its collector speaks again',
      ),
  ).action(async (host: string, _options: object, command: Command) => {
    const flags = command.optsWithGlobals<DecisionFlags>();
    const context = contextOf(flags);
    const order = { type: 'forget-host' } as const;
    const obeying = { by: 'alerting', refused: 'see `moorwatch status`' };
    await decideAndWait(context, { api: connectApi(context), flags, order, host }, obeying);
  });
}
