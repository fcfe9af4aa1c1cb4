import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { register as readTypes } from 'tsx/esm/api';

const root = 'test/unit/analyzer/sigma';
/** Tests of the rule language alone. Tables of examples find nearly every change at once; what is random or slow comes last. */
const folders = ['engine', 'language', 'correlation', '.'];
const slow = ['modifiers', 'document', 'properties'];
/** The random comparison with the second evaluator takes most of the time, and finds no change that these let pass: it is not asked. */
const whole = [
  'compile',
  'conformance',
  'evaluate',
  'expanded-values',
  'large-numbers',
  'link-filters',
  'references',
  'rule-set',
  'rule-stats',
  'samples',
];
/** Floods of thousands of events take most of the time: what they fill is asked of small tables. */
const leftOut = ['saturation'];

/** What is random has a seed, so that a change is found each time or never. */
const environment = { NODE_ENV: 'test', SIGMA_RUNS: '5', SIGMA_SEED: '1' };
/** Tests that found one of the last changes are asked first. */
const remembered = 12;
/** A test does not end if it alone reaches a change that much more often than all tests do without it. */
const patience = 2;
const fewestHits = 10_000;
/** Far beyond what any takes, also on a busy machine. A change that makes a loop without end costs the second. */
const longestMs = { unchanged: 60_000, changed: 4_000 };
const endless = 'does not end';
/** What Stryker multiplies the hits of all tests by. */
const strykerPatience = 100;

/**
 * Runs the unit tests of the rule language within the process that Stryker starts, so that a change costs milliseconds and not the start of a
 * pool: tests are read once, and asked about one change after the other until one fails. What a change left behind in a module would be seen by
 * the next one; modules of the rule language keep nothing.
 */
class HotRunner {
  tests = new Map();
  killers = [];
  stryker = globalThis.__stryker__ ?? {};

  /** Nothing needs to be read anew: what runs while modules are read is never changed (`ignoreStatic`). */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    globalThis.__stryker__ = this.stryker;
    Object.assign(process.env, environment);
    readTypes();
    register('./resolve.mjs', import.meta.url);
    const { collected } = await import('./vitest.mjs');
    for (const file of testFiles()) {
      await import(pathToFileURL(file).href);
      for (const { name, run } of collected.splice(0)) this.add(file, name, run);
    }
    this.ranks = new Map([...this.tests.keys()].map((id, rank) => [id, rank]));
  }

  add(fileName, name, run) {
    const base = `${relative(root, fileName)}: ${name}`;
    let id = base;
    for (let number = 2; this.tests.has(id); number += 1) id = `${base} (${number})`;
    this.tests.set(id, { fileName, run });
  }

  async dryRun() {
    const tests = [];
    for (const [id, test] of this.tests) {
      this.stryker.currentTestId = id;
      const started = performance.now();
      const failureMessage = await failureOf(test, longestMs.unchanged);
      const timeSpentMs = performance.now() - started;
      const told = { id, name: id, fileName: resolve(test.fileName), timeSpentMs };
      tests.push(failureMessage === undefined ? { ...told, status: 0 } : { ...told, status: 1, failureMessage });
    }
    this.stryker.currentTestId = undefined;
    return { status: 'complete', tests, mutantCoverage: this.stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit = 0 }) {
    const ids = this.ordered(testFilter ?? [...this.tests.keys()]);
    this.stryker.hitLimit = Math.max(fewestHits, (hitLimit / strykerPatience) * patience);
    this.stryker.activeMutant = activeMutant.id;
    try {
      return await this.firstFailure(ids);
    } finally {
      this.stryker.activeMutant = undefined;
      this.stryker.hitCount = undefined;
    }
  }

  async firstFailure(ids) {
    for (const [index, id] of ids.entries()) {
      this.stryker.hitCount = 0;
      const failureMessage = await failureOf(this.tests.get(id), longestMs.changed);
      if (failureMessage === endless || this.stryker.hitCount > this.stryker.hitLimit)
        return { status: 'timeout', reason: `${id} ${endless}` };
      if (failureMessage === undefined) continue;
      this.killers = [id, ...this.killers.filter((other) => other !== id)].slice(0, remembered);
      return { status: 'killed', killedBy: [id], failureMessage, nrOfTests: index + 1 };
    }
    return { status: 'survived', nrOfTests: ids.length };
  }

  ordered(ids) {
    const rank = (id) => (this.killers.includes(id) ? -1 : this.ranks.get(id));
    return [...ids].sort((a, b) => rank(a) - rank(b));
  }
}

function testFiles() {
  const isAsked = (folder, name) => (folder === '.' ? whole.includes(name) : !leftOut.includes(name));
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((file) => file.endsWith('.test.ts') && isAsked(folder, basename(file, '.test.ts')))
        .map((file) => join(root, folder, file)),
    )
    .sort((a, b) => slowness(a) - slowness(b));
}

const slowness = (file) => slow.findIndex((name) => file.endsWith(`/${name}.test.ts`));

/** Undefined: the test passed. */
async function failureOf({ run }, limitMs) {
  try {
    started.run = run;
    await start.runInThisContext({ timeout: limitMs });
    return undefined;
  } catch (error) {
    if (error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return endless;
    return String(error instanceof Error ? error.message : error).slice(0, 500);
  }
}

// A loop without end can only be left from without: a script with a limit.
const started = {};
globalThis.__startedTest__ = started;
const start = new Script('globalThis.__startedTest__.run()');

export const strykerPlugins = [{ kind: 'TestRunner', name: 'hot', injectableClass: HotRunner }];
