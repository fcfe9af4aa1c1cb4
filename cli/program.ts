import { Command, Option } from 'commander';
import { addAlerting, addAnalyzer, addCollector } from './apart.ts';
import { addBaselines } from './baselines.ts';
import { addConfig } from './config.ts';
import type { MakeContext } from './context.ts';
import { addCoverage } from './coverage.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addFindings } from './findings.ts';
import { addHealthcheck } from './healthcheck.ts';
import { addHunt } from './hunt.ts';
import { addIncidents } from './incidents.ts';
import { addMonitor } from './monitor.ts';
import { addRules } from './rules.ts';
import { addSinks } from './sinks.ts';
import { addStatus } from './status.ts';
import { addSuppressions } from './suppressions.ts';
import { addTail } from './tail.ts';
import { addUp } from './up.ts';
import { addVersion } from './version.ts';

/** The commands, in the order of the help. */
const commands: readonly ((program: Command, contextOf: MakeContext) => void)[] = [
  addUp,
  addDemo,
  addDoctor,
  addStatus,
  addTail,
  addIncidents,
  addSuppressions,
  addFindings,
  addHunt,
  addCoverage,
  addRules,
  addBaselines,
  addSinks,
  addConfig,
  addCollector,
  addAnalyzer,
  addAlerting,
  addMonitor,
  addHealthcheck,
  addVersion,
];

export interface ProgramOptions {
  readonly version: string;
  readonly contextOf: MakeContext;
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
}

export function createProgram(options: ProgramOptions): Command {
  const program = new Command('moorwatch')
    .description('An anchor watch for containers: raises the alarm when one drifts, or tries to slip out.')
    .version(options.version, '-V, --version')
    .option('-c, --config <file>', 'configuration file (default: /etc/moorwatch/moorwatch.yml, then ./moorwatch.yml)')
    .option('--state-dir <dir>', 'where the log and the token are kept')
    .addOption(new Option('--log-format <format>', 'log lines: human or json').choices(['human', 'json']))
    .option('-q, --quiet', 'errors and data only')
    .option('-v, --verbose', 'also what is of interest to who looks for a fault')
    .option('--no-color', 'no colours (as the variable NO_COLOR does)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: options.write, writeErr: options.complain })
    .showHelpAfterError('(--help shows how it is meant)')
    .exitOverride();
  for (const add of commands) add(program, options.contextOf);
  return program;
}
