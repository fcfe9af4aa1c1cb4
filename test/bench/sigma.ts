import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CorpusOptions, type GeneratedRule, generateRules, writeRules } from '../support/sigma/corpus.ts';
import { sigmaHqPaths } from '../support/sigma/corpus-sigmahq.ts';
import { inRounds, rateText } from './rounds.ts';
import { newHome, type RunningCommand, startCommand } from './sigma/command.ts';
import { type Order, startContestant } from './sigma/contestant.ts';
import { benchCorrelations } from './sigma/correlations.ts';
import type { IndexStats } from './sigma/engines.ts';
import { type Target, verdict } from './sigma/targets.ts';
import { type Traffic, writeTraffic } from './sigma/traffic.ts';

/**
 * `npm run bench:sigma`: rules over events, from bytes to matches, side by side with a bare loop of `JSON.parse` and with an evaluator that has
 * no index, on one core, in some three minutes. Compare ratios, not machines. SIGMA_RULES=path adds a checkout of SigmaHQ's rules. It is compiled
 * first and not run through a loader: what loaders add to functions costs more than what is measured.
 */
const rounds = 5;
const few: CorpusOptions = { seed: 1, count: 150 };
const many: CorpusOptions = { ...few, count: 16 * few.count };
/** As large as the largest public set. */
const most: CorpusOptions = { ...few, count: 3_000 };
const linux: CorpusOptions = { ...few, mix: 'linux' };

const dir = mkdtempSync(join(tmpdir(), 'moorwatch-bench-'));
const targets: Target[] = [];
try {
  const sets = { few: generateRules(few), many: generateRules(many), most: generateRules(most) };
  const paths = {
    few: writeRules(join(dir, 'few'), sets.few),
    many: writeRules(join(dir, 'many'), sets.many),
    most: writeRules(join(dir, 'most'), sets.most),
    linux: writeRules(join(dir, 'linux'), generateRules(linux)),
  };
  const traffics = [
    writeTraffic(join(dir, '340.ndjson'), { bytes: 340, count: 120_000, rules: sets.few }),
    writeTraffic(join(dir, '1000.ndjson'), { bytes: 1_000, count: 50_000, rules: sets.few }),
  ];
  for (const traffic of traffics) await compare(traffic, paths);

  console.log('moorwatch rules eval, through a pipe');
  await benchCommand({ path: paths.few, rules: sets.few, startBound: 1_000 }, traffics);
  await benchCommand({ path: paths.many, rules: sets.many, startBound: 3_000 }, traffics);
  await benchCommand({ path: paths.most, rules: sets.most, startBound: 3_000, coldBound: 6_000 }, []);

  console.log('correlations, 1 M events of two rules in 100 k groups');
  for (const { name, text, heap, bound } of benchCorrelations()) {
    console.log(`  ${name.padEnd(30)} ${text}`);
    targets.push({ name: `floor, ${name}`, measured: heap, bound, unit: ' MB', kind: 'most' });
  }

  console.log('floors and aims');
  for (const target of targets) console.log(`  ${verdict(target)}`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

async function compare(traffic: Traffic, paths: Readonly<Record<'few' | 'many' | 'linux', string>>): Promise<void> {
  console.log(`${traffic.bytes}-byte events, per second of CPU time`);
  const order = (name: string, engine: Order['engine'], count = traffic.count): Order => ({
    name,
    traffic,
    count,
    engine,
  });
  const checkout = sigmaHqPaths();
  const contestants = await Promise.all(
    [
      order('bare loop of JSON.parse', { kind: 'bare' }),
      order(`${few.count} rules`, { kind: 'index', paths: [paths.few] }),
      order(`${many.count} rules`, { kind: 'index', paths: [paths.many] }),
      order(`${linux.count} rules of all log sources`, { kind: 'index', paths: [paths.linux] }),
      order(`${few.count} rules, no index`, { kind: 'oracle', corpus: few }, 60),
      order(`${many.count} rules, no index`, { kind: 'oracle', corpus: many }, 4),
      ...(checkout.length === 0 ? [] : [order('SigmaHQ', { kind: 'index', paths: checkout })]),
    ].map(startContestant),
  );
  try {
    // The first round only warms up: the compiler, and the index, which looks at traffic before it settles.
    await inRounds(contestants, 1);
    const results = await inRounds(contestants, rounds);
    const [bare = Number.NaN, ours = Number.NaN, oursMany = Number.NaN] = results.map(({ median }) => median);
    for (const [index, result] of results.entries()) {
      const contestant = contestants[index];
      const share = Number((result.median / bare).toPrecision(2));
      console.log(`  ${contestant?.name.padEnd(30)} ${rateText(result)}: ${share} of the bare loop`);
      const stats = contestant?.stats();
      if (stats !== undefined) console.log(`    ${statsText(stats)}`);
    }
    judge(traffic, { bare, ours, oursMany });
  } finally {
    for (const contestant of contestants) contestant.close();
  }
}

function statsText({ rules, refused, predicates, candidates, alwaysEvaluated }: IndexStats): string {
  const loaded = `${rules} loaded${refused === 0 ? '' : ` (${refused} errors)`}, ${predicates} predicates`;
  return `${loaded}, ${candidates.toFixed(2)} candidates per event, ${(100 * alwaysEvaluated).toFixed(1)} % always evaluated`;
}

interface Rates {
  readonly bare: number;
  readonly ours: number;
  readonly oursMany: number;
}

function judge({ bytes }: Traffic, { bare, ours, oursMany }: Rates): void {
  const target = (name: string, measured: number, bound: number): void => {
    const unit = ' of the bare loop';
    targets.push({ name: `${name}, ${bytes}-byte events`, measured, bound, unit, kind: 'least' });
  };
  target(`floor, ${few.count} rules`, ours / bare, 0.35);
  targets.push({
    name: `floor, time of ${many.count} rules, ${bytes}-byte events`,
    measured: ours / oursMany,
    bound: 2,
    unit: ` × that of ${few.count}`,
    kind: 'most',
  });
  target(`aim, ${few.count} rules`, ours / bare, bytes === 340 ? 1.25 : 2);
  target(`aim, ${many.count} rules`, oursMany / bare, 0.9);
}

interface CommandBench {
  readonly path: string;
  readonly rules: readonly GeneratedRule[];
  /** First answer after so many ms of CPU time at most. */
  readonly startBound: number;
  /** The same when nothing is compiled yet; default: `startBound`. */
  readonly coldBound?: number;
}

/** A failure is a line of the report: the other numbers stand. */
async function benchCommand(
  { path, rules, startBound, coldBound = startBound }: CommandBench,
  traffics: readonly Traffic[],
): Promise<void> {
  const name = `${rules.length} rules`;
  const matching = JSON.stringify(rules[0]?.example);
  const home = newHome();
  try {
    // The first finds nothing compiled, the second what the first left.
    for (const start of ['cold', 'warm']) {
      const command = await startCommand({ rules: path, home: home.path }, matching);
      const { ms, cpuMs } = command.start;
      console.log(`  ${name}, ${start}: first answer after ${ms.toFixed(0)} ms (CPU time ${cpuMs.toFixed(0)} ms)`);
      const target = (what: string, measured: number, bound: number, unit: string): void => {
        targets.push({ name: `floor, ${name}, ${what}`, measured, bound, unit, kind: 'most' });
      };
      target(`${start} start, CPU time`, cpuMs, start === 'cold' ? coldBound : startBound, ' ms');
      if (start === 'warm') {
        for (const traffic of traffics) console.log(`  ${name}: ${await commandRate(command, traffic)}`);
        const megabytes = command.megabytes();
        console.log(`  ${name}: ${megabytes.toFixed(0)} MB resident at most`);
        if (rules.length === few.count) target('memory', megabytes, 150, ' MB');
      }
      await command.close();
    }
  } catch (error) {
    console.log(`  ${name}: failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    home.remove();
  }
}

/** Of the second time; the first only warms up. */
async function commandRate(command: RunningCommand, traffic: Traffic): Promise<string> {
  await command.take(traffic);
  const { rate, cpuRate } = await command.take(traffic);
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  return `${whole(rate)} events/s of ${traffic.bytes} bytes (${whole(cpuRate)} per second of its CPU time)`;
}
