import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { Delivery, Sink } from '../../alerting/sinks/sink.ts';
import { exitCode, messageOf } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { environmentSink, loadOtelOf } from '../processes/otel-sink.ts';
import { dropPrivileges, planPrivileges, processCredentials } from '../processes/privileges.ts';
import { requireSink } from './named.ts';
import { testUpdate } from './test-update.ts';

/** `sinks test NAME`: one marked incident, opened and closed, through the code and the options that real ones take. */
export function addSinksTest(sinks: Command, contextOf: MakeContext): void {
  sinks
    .command('test <name>')
    .description(
      'send a test incident and its end through this sink from here; exit code 1: refused, 69: not delivered',
    )
    .option('--json', 'one JSON object a message')
    .action(async (name: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const { config } = configOf(context);
      const { version, environment } = context;
      const parts = { config, otel: environment.otel, version, host: hostname() };
      const ofEnvironment = name === 'otel' ? await environmentSink(parts) : undefined;
      const type = ofEnvironment === undefined ? requireSink(config, name).type : 'otel';
      const { createSink } = await import('../../alerting/sinks/index.ts');
      await loadOtelOf(parts);
      takeAccount(context, config.monitor.user);
      const sink = ofEnvironment ?? createSink(name, requireSink(config, name), { clock: Date.now, version });
      const at = Date.now();
      try {
        // A heartbeat beats once, whatever it is given.
        for (const nth of type === 'heartbeat' ? ([1] as const) : ([1, 2] as const)) {
          const update = testUpdate(at, { host: hostname(), version: nth });
          const began = performance.now();
          const delivery = await sendOnce(sink, update);
          const milliseconds = Math.round(performance.now() - began);
          if (flags.json === true)
            terminal.out(jsonLine({ sink: name, change: update.change, id: update.id, milliseconds, ...delivery }));
          else terminal.out(`${update.change}: ${sentence(delivery)} (${milliseconds} ms, id ${update.id})`);
          if (delivery.kind === 'delivered') continue;
          terminal.complain(advice(type, delivery));
          return context.exitWith(delivery.kind === 'refused' ? exitCode.failure : exitCode.unavailable);
        }
        if (flags.json !== true) terminal.say(lookFor(type));
      } finally {
        await sink.close?.();
      }
    });
}

/** Under `up` alerting has given root up: what only root may read or write would pass here and fail there, and a file made here would shut it out. */
function takeAccount({ root, terminal }: CliContext, user: string): void {
  if (!root) return;
  const plan = planPrivileges({ root, user });
  if (plan.kind === 'keep') return;
  dropPrivileges(plan.account, processCredentials());
  terminal.say(`as ${plan.account.name}, as alerting does it`);
}

async function sendOnce(sink: Sink, update: ReturnType<typeof testUpdate>): Promise<Delivery> {
  const { signal } = new AbortController();
  try {
    const sent = await sink.send(update, signal);
    return sent.kind === 'delivered' ? ((await sink.flush?.(signal)) ?? sent) : sent;
  } catch (error) {
    return { kind: 'retry', reason: messageOf(error) };
  }
}

const sentence = (delivery: Delivery): string =>
  delivery.kind === 'delivered'
    ? 'delivered'
    : `${delivery.kind === 'refused' ? 'refused' : 'not delivered'}: ${escapeControl(delivery.reason, 500)}`;

function advice(type: string, delivery: Delivery): string {
  if (delivery.kind === 'refused')
    return 'the receiver will not take such a message: a real one would be parked in `rejected`; check what the receiver expects';
  return type === 'file'
    ? 'a real one would wait and be tried again; the directory must belong to the account that alerting runs as'
    : 'a real one would wait and be tried again; check url, the network from here, and the receiver';
}

function lookFor(type: string): string {
  if (type === 'heartbeat') return 'look whether the receiver noted a beat just now';
  // Where "delivered" says less than it seems.
  const unsure =
    type === 'syslog' || type === 'cef' ? '; syslog acknowledges nothing, so only the receiver can tell' : '';
  return `look for "TEST of Moorwatch" at the receiver${unsure}`;
}
