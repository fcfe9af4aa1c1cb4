import type { Command } from 'commander';
import { oneCalled } from '../called.ts';
import { connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, decides } from '../decide.ts';
import { obeying } from './add.ts';
import { scopeText, suppressionsSchema } from './list.ts';

/** `suppressions end`: from now on it is told again. */
export function addSuppressionEnd(suppressions: Command, contextOf: MakeContext): void {
  decides(suppressions.command('end <id>').description('findings of its scope are told again from now on')).action(
    async (called: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<DecisionFlags>();
      const context = contextOf(flags);
      const api = connectApi(context);
      const { suppressions: all } = suppressionsSchema.parse(await api.get('/api/v1/suppressions'));
      const title = ({ scope, owner, reason }: (typeof all)[number]): string =>
        `${scopeText(scope)}, by ${owner}: ${reason}`;
      const fix = 'see `moorwatch suppressions list`';
      const one = oneCalled(all, called, { what: 'suppression', title, fix });
      const order = { type: 'unsuppress', suppression: one.id } as const;
      await decideAndWait(context, { api, flags, order, host: one.host.id }, obeying);
    },
  );
}
