import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { chooseEndpoint, defaultSockets } from '../collector/engine/endpoint.ts';
import type { LoadedConfig } from '../shared/config/load.ts';
import type { Config } from '../shared/config/schema.ts';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { connectApi } from './client/api.ts';
import { freshness } from './client/freshness.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext, stateOf } from './context.ts';
import { type Check, type Finding, fail, ok, warn } from './doctor/check.ts';
import { checkDaemon, checkPort } from './doctor/daemon.ts';
import { checkEngine } from './doctor/engine.ts';
import { engineGet } from './doctor/engine-request.ts';
import { checkHost, checkSeparation, checkState, diskUseOf } from './doctor/files.ts';
import { checkKafka } from './doctor/kafka.ts';
import { checkKernel } from './doctor/kernel.ts';
import { feedFinding, feedIsMeant, localFindings, localParts } from './doctor/local.ts';
import { checkNode } from './doctor/node.ts';
import { reportLines } from './doctor/report.ts';
import { checkRules, checkRunningRules } from './doctor/rules.ts';
import { checkSpool } from './doctor/spool.ts';
import { checkSqlite } from './doctor/sqlite.ts';
import { endpointInputsOf } from './endpoint.ts';
import { engineOption, portOption } from './options.ts';
import { readRunning } from './processes/running.ts';
import { runningRulesOf } from './running-rules.ts';

/** `doctor`: what works here, what does not, and what to do about it. Exit code 1 when something fails. */
export function addDoctor(program: Command, contextOf: MakeContext): void {
  program
    .command('doctor')
    .description('what works here, what does not, and what to do')
    .option('--json', 'one JSON object a finding')
    .addOption(engineOption())
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const findings = await examine(context);
      if (flags.json === true) for (const finding of findings) terminal.out(JSON.stringify(finding));
      else for (const line of reportLines(findings, terminal.colors)) terminal.out(line);
      const count = (status: Finding['status']): number => findings.filter((one) => one.status === status).length;
      terminal.say(`${count('ok')} ok, ${count('warn')} to know, ${count('fail')} to mend`);
      if (count('fail') > 0) context.exitWith(exitCode.failure);
    });
}

async function examine(context: CliContext): Promise<readonly Finding[]> {
  const { root } = context;
  const node = checkNode(process.versions.node);
  let loaded: LoadedConfig;
  try {
    loaded = configOf(context);
  } catch (error) {
    const fix = error instanceof UserError ? error.fix : 'mend the configuration';
    const [text = '', ...details] = messageOf(error)
      .split('\n')
      .map((line) => line.trim());
    return [...node, { ...fail('configuration', text, fix), details }];
  }
  const { config, file } = loaded;
  const files = stateOf(context, loaded);
  const running = readRunning(files.directory);
  const checks: readonly Check[] = [
    () => [ok('configuration', file ?? 'no file, defaults are used')],
    () => checkChosenEngine(context, loaded),
    () => checkHost(config.engine),
    () => checkKernel({ config, engineSocket: () => chosenSocket(context, config) }),
    () => [checkSeparation(root, config.monitor.user)],
    () => checkState(files, diskUseOf(config)),
    () => (config.bus === 'kafka' ? checkKafka(config) : checkSqlite()),
    () => (config.bus === 'kafka' ? checkSpool(files.spool, Date.now()) : []),
    async () => [await checkPort(config.feed, running)],
    () => checkRules(config),
    () => checkRunning(context, files.directory),
  ];
  const found = await Promise.all(checks.map(async (check) => guarded(check)));
  return [...node, ...found.flat()];
}

async function guarded(check: Check): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    const fix = error instanceof UserError ? error.fix : 'this is a fault of the doctor itself: please report it';
    return [fail('doctor', messageOf(error), fix)];
  }
}

async function checkChosenEngine({ environment }: CliContext, { config }: LoadedConfig): Promise<readonly Finding[]> {
  const inputs = endpointInputsOf(config, environment);
  const { endpoint, address, how } = chooseEndpoint(inputs);
  const others = defaultSockets(inputs).filter((socket) => `unix://${socket}` !== address && isSocket(socket));
  if (endpoint.kind === 'socket' && existsSync(endpoint.path) && !isSocket(endpoint.path))
    return [
      fail(
        'engine',
        `${address} (${how}) is no socket, so there is no engine`,
        'start Docker and remove what is in its place (a mount of a socket that was not there leaves an empty directory), or name another with --engine',
      ),
    ];
  return [
    ok('engine', `taken: ${address} (${how})`),
    ...others.map((socket) =>
      warn(
        'engine',
        `there is also unix://${socket}, which is not watched`,
        'name the one you mean with --engine, or run a second Moorwatch with a --state-dir of its own',
      ),
    ),
    ...(await checkEngine(address, (path) => engineGet(endpoint, path))),
  ];
}

/** Of the engine that would be watched. @throws UserError as chooseEndpoint */
function chosenSocket({ environment }: CliContext, config: Config): string | undefined {
  const { endpoint } = chooseEndpoint(endpointInputsOf(config, environment));
  return endpoint.kind === 'socket' ? endpoint.path : undefined;
}

function isSocket(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    // A directory on the way that we may not look into.
    return false;
  }
}

const statusSchema = z.object({
  ...freshness,
  processes: z.array(
    z.object({
      process: z.string(),
      at: z.number(),
      silentMs: z.number().optional(),
      gone: z.boolean().optional(),
      status: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** What all parts said of themselves in the log, and what those say that run here and need neither log nor feed for it. */
async function checkRunning(context: CliContext, directory: string): Promise<readonly Finding[]> {
  const here = localParts(directory);
  try {
    const told = statusSchema.parse(await connectApi(context).get('/api/v1/status'));
    return [
      ...localFindings(here),
      ...checkDaemon(told, Date.now()),
      ...checkRunningRules(runningRulesOf(told.processes)),
    ];
  } catch (error) {
    if (error instanceof UserError && error.code === exitCode.unavailable)
      return here.length === 0
        ? [warn('running', 'Moorwatch is not running here', error.fix)]
        : [...localFindings(here), feedFinding(feedIsMeant(directory, here))];
    const fix = error instanceof UserError ? error.fix : 'compare `moorwatch version` with what runs';
    return [...localFindings(here), fail('running', messageOf(error), fix)];
  }
}
