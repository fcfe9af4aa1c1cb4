import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EMPTY } from 'rxjs';
import { containerFacts } from '../../collector/engine/facts/container.ts';
import { createPatient } from '../../collector/procfs/patient.ts';
import { createProcessesSensor } from '../../collector/sensors/processes.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { createRedactor } from '../../shared/redact.ts';
import { workloadOf } from '../../shared/workload.ts';
import { noAnswers, recorded } from '../support/inspect.ts';
import { startMoorwatch } from '../support/moorwatch.ts';
import { type Box, createBoxes } from './collector/boxes.ts';
import { serveEngine } from './collector/engine.ts';
import { cpuSeconds, residentMegabytes } from './usage.ts';

/**
 * `npm run bench:collector`: what the sweep over processes costs with real processes in real cgroups, and how large a collector with many containers
 * is, in some three minutes. Needs root.
 */
const measureMs = 30_000;
const settleMs = 45_000;

console.log('sweep over processes, 50 containers with 10 processes each');
const small = await createBoxes(50, 10);
try {
  for (const line of await measureSweep(small.boxes)) console.log(line);
} finally {
  await small.remove();
}

console.log('collector with 500 containers, one process each');
const large = await createBoxes(500, 1);
try {
  for (const line of await measureCollector(large.boxes)) console.log(line);
} finally {
  await large.remove();
}

/** In this process, which does nothing else meanwhile. */
async function measureSweep(boxes: readonly Box[]): Promise<readonly string[]> {
  const container = containerFacts(recorded('plain').container, noAnswers);
  const containers = boxes.map(({ id, pid }) => ({
    id,
    pid,
    startedAt: Date.now() - 3_600_000,
    hostNetwork: false,
    nanoCpus: 0,
    memoryLimit: 0,
    at: () => ({ container, workload: workloadOf('h', container) }),
  }));
  let told = 0;
  const begun = process.cpuUsage();
  const subscription = createProcessesSensor({
    procfs: '/proc',
    rootfs: '/',
    ...configSchema.parse({}).sensors.processes,
    stirred$: EMPTY,
    execs$: EMPTY,
    redactor: createRedactor('key'),
    patient: createPatient(),
    gaveUp: () => false,
    containers: () => containers,
    configuration: () => container,
    host: () => ({ id: 'h', name: 'bench' }),
    now: Date.now,
  })
    .observe()
    .subscribe(() => {
      told += 1;
    });
  await delay(15_000);
  const first = process.cpuUsage(begun);
  const before = process.cpuUsage();
  await delay(measureMs);
  const { user, system } = process.cpuUsage(before);
  subscription.unsubscribe();
  const share = (user + system) / 1_000 / measureMs;
  return [
    `  first look: ${told} processes told, ${((first.user + first.system) / 1_000 / Math.max(1, told)).toFixed(2)} ms each`,
    `  then: ${(share * 100).toFixed(2)} % of a core (aim: below 3)`,
  ];
}

/** As a user starts it, with every sensor, at an engine where nothing happens. */
async function measureCollector(boxes: readonly Box[]): Promise<readonly string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'moorwatch-bench-'));
  const engine = await serveEngine(dir, boxes);
  const moorwatch = await startMoorwatch({ engine: `unix://${engine.socket}` });
  try {
    await delay(settleMs);
    const pid = moorwatch.process.pid ?? 0;
    const before = cpuSeconds(pid);
    await delay(measureMs);
    const share = (cpuSeconds(pid) - before) / (measureMs / 1_000);
    return [`  collector: ${residentMegabytes(pid).toFixed(0)} MB, ${(share * 100).toFixed(2)} % of a core`];
  } finally {
    await moorwatch.stop();
    engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
