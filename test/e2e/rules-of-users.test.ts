import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { createFixtureEngine } from '../../cli/demo/fixture-engine.ts';
import { readRecording } from '../../cli/demo/recording.ts';
import { eventually } from '../support/eventually.ts';
import { startMoorwatch } from '../support/moorwatch.ts';

const directories: string[] = [];
const newDirectory = (name: string): string => {
  const directory = mkdtempSync(join(tmpdir(), `moorwatch-users-${name}-`));
  directories.push(directory);
  return directory;
};
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const filterId = '00000000-0000-4000-8000-000000000003';
/** A rule, a filter that hides a part of what it finds, and a sequence of what is left. */
const rules = `title: A small program ran
id: 00000000-0000-4000-8000-000000000001
name: small
description: d
level: low
catalogue: [TST-01]
logsource: { product: docker, category: exec }
detection:
  sel:
    event.action: exec_start
    exec.command: ['id', 'true']
  condition: sel
---
title: Small programs, one after the other
id: 00000000-0000-4000-8000-000000000002
description: d
level: low
catalogue: [TST-02]
correlation:
  type: event_count
  rules: [small]
  group-by: [host.id]
  timespan: 1h
  condition:
    gte: 3
  generate: true
summary: "{count} small programs"
---
title: Nobody needs to know of true
id: ${filterId}
logsource: { product: docker, category: exec }
filter:
  rules: [small]
  nothing:
    exec.command: 'true'
  condition: not nothing
`;

test("a user's filter hides and counts what it is about, and a user's sequence fires on the rest", async () => {
  const directory = newDirectory('rules');
  // Under root the monitor runs as another user.
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'mine.yml'), rules);
  const socket = join(newDirectory('engine'), 'engine.sock');
  const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
  const engine = createFixtureEngine({ lines, startAt: Date.now(), pace: () => delay(1) });
  await engine.listen(socket);
  const moorwatch = await startMoorwatch({
    engine: `unix://${socket}`,
    stateDir: newDirectory('state'),
    config: `engine:\n  procfs: ""\n  rootfs: ""\n  resyncMs: 3600000\nrules:\n  directories: [${directory}]\n`,
  });
  await moorwatch.ready();
  await engine.play();
  const starts = (command: string): number =>
    engine.emitted().filter(({ Action }) => Action.trim() === `exec_start: ${command}`).length;
  expect([starts('id') >= 3, starts('true') >= 1]).toEqual([true, true]);

  const told = async (row: string) => (await moorwatch.findings()).filter(({ rule }) => rule.catalogue[0] === row);
  const small = await eventually(
    async () => {
      const found = await told('TST-01');
      return found.length >= starts('id') ? found : undefined;
    },
    () => `not all findings came: ${moorwatch.stderr()}`,
    60_000,
  );
  expect(small.map(({ observation }) => observation['exec.command'])).toEqual(small.map(() => 'id'));
  expect(small).toHaveLength(starts('id'));

  const hidden = `${starts('true')} matches hidden by filters since it started: ${starts('true')} by ${filterId}`;
  const listed = await eventually(
    async () => {
      const { stdout, stderr } = await moorwatch.cli('rules', 'list');
      return stderr.includes(hidden) ? { stdout, stderr } : undefined;
    },
    () => `rules list does not say: ${hidden}; ${moorwatch.stderr()}`,
    60_000,
  );
  expect(listed.stdout).toMatch(new RegExp(`Nobody needs to know of true \\(of 1 rules\\) +${filterId}`));

  // Once: from the third on the condition stays true.
  const [sequence, ...more] = await told('TST-02');
  expect(more).toEqual([]);
  expect(sequence).toMatchObject({ kind: 'sequence', summary: '3 small programs', observation: { count: 3 } });
  expect(await moorwatch.stop()).toBe(143);
  await engine.close();
});
