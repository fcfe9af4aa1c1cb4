import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCode } from '../../shared/errors.ts';
import { packagePath } from '../../shared/package-root.ts';
import { untilInterrupted } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';
import { createFixtureEngine } from './fixture-engine.ts';
import { learnedLine } from './learned.ts';
import { readRecording } from './recording.ts';
import { acceleratedBaselines } from './settings.ts';

/** The recording has pauses for whoever makes it; who watches wants less of them. */
const speed = 1.7;
/** After the last event, for the last incident to be printed. */
const settleMs = 2_000;
const startMs = 30_000;

/** Plays the recorded session to a `moorwatch up` of its own; resolves with the exit code. */
export async function runDemo(terminal: Terminal): Promise<number> {
  const interrupted = untilInterrupted();
  const place = mkdtempSync(join(tmpdir(), 'moorwatch-demo-'));
  const stateDir = mkdtempSync(join(tmpdir(), 'moorwatch-demo-state-'));
  const socket = join(place, 'engine.sock');
  const engine = createFixtureEngine({
    lines: readRecording(packagePath('cli/demo/session.ndjson')),
    startAt: Date.now(),
    // What is left of an interrupted session keeps nobody waiting.
    pace: (waitMs) => delay(waitMs / speed, undefined, { ref: false }),
  });
  await engine.listen(socket);
  const config = join(place, 'moorwatch.yml');
  writeFileSync(config, configText({ stateDir, socket }));
  const up = startUp(config);
  const ended = new Promise<void>((resolve) => up.once('exit', () => resolve()));
  const over = Promise.race([ended, once(interrupted.signal)]);
  /** The exit code when it was over before the session was; undefined: go on. */
  const cut = (): number | undefined =>
    interrupted.signal.aborted
      ? interrupted.code()
      : (up.exitCode ?? (up.signalCode === null ? undefined : exitCode.failure));
  try {
    const watched = await Promise.race([
      engine.watched.then(() => true),
      over.then(() => false),
      delay(startMs, false, { ref: false }),
    ]);
    if (!watched) return cut() ?? exitCode.failure;
    // The posture of what is there already comes first.
    await Promise.race([delay(settleMs), over]);
    const early = cut();
    if (early !== undefined) return early;
    terminal.say('demo: a recorded session begins; this is not your host');
    terminal.say(
      'demo: a quarter of a minute of ordinary life comes first, which is learned much faster than on a real host',
    );
    await Promise.race([engine.play(), over]);
    await Promise.race([delay(settleMs), over]);
    const late = cut();
    if (late !== undefined) return late;
    const learned = await Promise.race([learnedLine(config, 'shop/web', 'configuration'), over]);
    if (learned) terminal.say(`demo: of what was learned, \`moorwatch baselines list\` prints: ${learned}`);
    terminal.say('demo: that was all; nothing of it is kept to ask about. `npm start` watches this host.');
    return 0;
  } finally {
    up.kill('SIGTERM');
    await ended;
    await engine.close();
    for (const directory of [place, stateDir]) rmSync(directory, { recursive: true, force: true });
  }
}

/** Resolves when the signal is aborted, at once if it was. */
const once = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** The fixture is watched and nothing else: its paths are not this host's. */
const configText = ({ stateDir, socket }: { readonly stateDir: string; readonly socket: string }): string =>
  `stateDir: ${JSON.stringify(stateDir)}
engine: { host: ${JSON.stringify(`unix://${socket}`)}, procfs: "", rootfs: "" }
feed: { port: 0 }
baselines: ${JSON.stringify(acceleratedBaselines)}
`;

/** The program itself. */
const startUp = (config: string): ChildProcess =>
  spawn(process.execPath, [packagePath('bin/moorwatch.js'), 'up', '--config', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
