import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { packagePath } from '../../shared/package-root.ts';
import type { Terminal } from '../terminal.ts';
import { createFixtureEngine } from './fixture-engine.ts';
import { readRecording } from './recording.ts';

/** The recording has pauses for whoever makes it; who watches wants less of them. */
const speed = 1.5;
/** After the last event, for the last incident to be printed. */
const settleMs = 2_000;
const startMs = 30_000;

/** Plays the recorded session to a `moorwatch up` of its own; resolves with the exit code. */
export async function runDemo(terminal: Terminal): Promise<number> {
  const place = mkdtempSync(join(tmpdir(), 'moorwatch-demo-'));
  const stateDir = mkdtempSync(join(tmpdir(), 'moorwatch-demo-state-'));
  const socket = join(place, 'engine.sock');
  const engine = createFixtureEngine({
    lines: readRecording(packagePath('cli/demo/session.ndjson')),
    startAt: Date.now(),
    pace: (waitMs) => delay(waitMs / speed),
  });
  await engine.listen(socket);
  const up = startUp({ place, stateDir, socket });
  const ended = new Promise<number>((resolve) => up.once('exit', (code) => resolve(code ?? 1)));
  try {
    const watched = await Promise.race([
      engine.watched.then(() => true),
      ended.then(() => false),
      delay(startMs, false, { ref: false }),
    ]);
    if (!watched) return 1;
    // The posture of what is there already comes first.
    await delay(settleMs);
    terminal.say('demo: a recorded session begins; this is not your host');
    await Promise.race([engine.play(), ended]);
    await Promise.race([delay(settleMs), ended]);
    terminal.say('demo: that was all. `npm start` watches this host.');
    return 0;
  } finally {
    up.kill('SIGTERM');
    await ended;
    await engine.close();
    for (const directory of [place, stateDir]) rmSync(directory, { recursive: true, force: true });
  }
}

/** The program itself, told to watch the fixture and nothing else: its paths are not this host's. */
function startUp({ place, stateDir, socket }: { place: string; stateDir: string; socket: string }): ChildProcess {
  const config = join(place, 'moorwatch.yml');
  writeFileSync(
    config,
    `stateDir: ${JSON.stringify(stateDir)}\nengine: { host: ${JSON.stringify(`unix://${socket}`)}, procfs: "", rootfs: "" }\nfeed: { port: 0 }\n`,
  );
  return spawn(process.execPath, [packagePath('bin/moorwatch.js'), 'up', '--config', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
