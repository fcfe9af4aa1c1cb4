import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/** What the README shows is what a run prints: only time, ids, host and the lab's socket path are put in its words. */
let lab: Lab;
let moorwatch: Moorwatch;

beforeAll(async () => {
  lab = startLab();
  moorwatch = await startMoorwatch({ engine: lab.host });
  await moorwatch.ready();
});
afterAll(async () => {
  await moorwatch?.stop();
  lab?.stop();
});

test('the alert in the README is printed by the command beside it', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = /<!-- printed -->\n```\n([\s\S]*?)```\n<!-- \/printed -->/.exec(readme)?.[1];
  await lab.sh('docker tag lab/bb:1 acme/web:2.4; docker run -d --name web $N -v $S:/var/run/docker.sock acme/web:2.4');
  await eventually(() => (moorwatch.stdout().includes('socket proxy') ? true : undefined));
  const printed = moorwatch
    .stdout()
    .replaceAll(lab.socket, '/run/docker.sock')
    .replace(/^\d\d:\d\d:\d\d/, '12:07:39')
    .replace(/container web [0-9a-f]{12}/, 'container web df0bca46f38a')
    .replace(/host \S+ · incident [0-9a-f]{12}/, 'host harbour-1 · incident 7d03bc95ecf3');
  expect(printed).toBe(shown);
});
