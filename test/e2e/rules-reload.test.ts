import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { createFixtureEngine } from '../../cli/demo/fixture-engine.ts';
import { readRecording } from '../../cli/demo/recording.ts';
import type { Finding, FindingRecord } from '../../shared/finding.ts';
import { eventually } from '../support/eventually.ts';
import { readLog } from '../support/lab-log.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

const directories: string[] = [];
const newDirectory = (name: string): string => {
  const directory = mkdtempSync(join(tmpdir(), `moorwatch-reload-${name}-`));
  directories.push(directory);
  return directory;
};
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A rule for every exec that starts, told from others by its row. */
const ruleOf = (row: string): string => `title: Every exec, ${row}
id: 00000000-0000-4000-8000-0000000000${row.slice(-2)}
description: d
level: low
catalogue: [${row}]
logsource: { product: docker, category: exec }
detection: { sel: { event.action: exec_start }, condition: sel }
`;

/** What is done to the rule file before the event of that number, and what the log then says. */
const changes: Readonly<Record<number, { readonly text: string; readonly says: string }>> = {
  60: { text: ruleOf('TST-02'), says: 'rules changed: 1 added, 1 removed, 0 changed' },
  120: { text: 'title: broken\n', says: 'an older version stays in use' },
  180: { text: ruleOf('TST-03'), says: 'rules changed: 1 added, 1 removed, 0 changed' },
};

test('rules change under load: every event is judged by one version, versions follow each other, a broken one is never used', async () => {
  const rules = newDirectory('rules');
  // Under root the monitor runs as another user.
  chmodSync(rules, 0o755);
  const file = join(rules, 'mine.yml');
  writeFileSync(file, ruleOf('TST-01'));
  const stateDir = newDirectory('state');
  const socket = join(newDirectory('engine'), 'engine.sock');
  let index = 0;
  let heard = 0;
  let moorwatch: Moorwatch | undefined;
  const change = async (): Promise<void> => {
    const next = changes[index];
    index += 1;
    if (next === undefined) return delay(5);
    writeFileSync(file, next.text);
    await eventually(
      () => moorwatch?.stderr().slice(heard).includes(next.says),
      () => `not said: ${next.says}; it said: ${moorwatch?.stderr()}`,
    );
    heard = moorwatch?.stderr().length ?? 0;
    if (next.text.includes('broken')) await eventually(isShownAsKept, () => 'no command shows that the file is kept');
  };
  const isShownAsKept = async (): Promise<boolean> => {
    const [listed, doctor] = await Promise.all([moorwatch?.cli('rules', 'list'), moorwatch?.cli('doctor')]);
    return (
      new RegExp(`analyzer/\\S+ uses 1 rules of ${file} as read at`).test(listed?.stderr ?? '') &&
      (doctor?.stdout ?? '').includes(`1 of ${file} as they were read at`)
    );
  };
  const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
  const engine = createFixtureEngine({ lines, startAt: Date.now(), pace: change });
  await engine.listen(socket);
  moorwatch = await startMoorwatch({
    engine: `unix://${socket}`,
    stateDir,
    config: `engine:\n  procfs: ""\n  rootfs: ""\n  resyncMs: 3600000\nrules:\n  directories: [${rules}]\n`,
  });
  await moorwatch.ready();
  await engine.play();
  const starts = engine.emitted().filter(({ Action }) => Action.startsWith('exec_start:'));
  const found = await eventually(
    async () => {
      const mine = await findingsOf(stateDir);
      return mine.length >= starts.length ? mine : undefined;
    },
    () => `not all findings came: ${moorwatch?.stderr()}`,
    60_000,
  );
  expect(await moorwatch.stop()).toBe(143);
  await engine.close();

  expect(found).toHaveLength(starts.length);
  const versions = found.map(({ rule, ruleSet }) => `${rule.catalogue[0]} ${ruleSet}`);
  const inTurn = versions.filter((version, i) => version !== versions[i - 1]);
  expect(inTurn.map((version) => version.split(' ')[0])).toEqual(['TST-01', 'TST-02', 'TST-03']);
  expect(new Set(inTurn.map((version) => version.split(' ')[1])).size).toBe(3);
});

/** Of the rule that changes, in the order of the log. */
async function findingsOf(stateDir: string): Promise<readonly Finding[]> {
  const records = (await readLog(stateDir, 'findings')) as FindingRecord[];
  return records.flatMap((record) =>
    record.type === 'finding' && record.finding.rule.catalogue[0]?.startsWith('TST') ? [record.finding] : [],
  );
}
