import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createSink } from '../../alerting/sinks/index.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { yamlSource } from '../../shared/config/yaml-source.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { eventually } from '../support/eventually.ts';
import { type Rsyslog, startRsyslog } from '../support/rsyslog.ts';
import { update } from '../unit/alerting/updates.ts';

/** docs/siem/file.md: its sink writes, its rsyslog reads. */
const page = readFileSync('docs/siem/file.md', 'utf8');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
const [ours = ''] = blocks('yaml');
const [theirs = ''] = blocks('rsyslog');
const [prepare = '', catchUp = ''] = blocks('sh');

/** A text of the page for a directory of the test's. */
const within = (directory: string, text: string): string =>
  text.replaceAll(/\/var\/log\/(moorwatch|siem)/g, `${directory}/$1`).replace('/var/spool/rsyslog', directory);

const { signal } = new AbortController();
const delivered = { kind: 'delivered' };
let rsyslog: Rsyslog;
let sink: Sink | undefined;
afterEach(async () => {
  await sink?.close?.();
  await rsyslog.stop();
});

/** What the page configures on both sides. @param rotateMegabytes in the place of the page's */
async function start(rotateMegabytes?: number): Promise<Sink> {
  rsyslog = await startRsyslog({
    configuration: (directory, { tlsMutual }) => {
      execFileSync('sh', ['-ec', within(directory, prepare)]);
      return `${within(directory, theirs)}module(load="imptcp")\ninput(type="imptcp" port="${tlsMutual}" address="127.0.0.1")\n`;
    },
  });
  const { archive } = configSchema.parse(yamlSource(ours, 'file.md').values).sinks;
  if (archive?.type !== 'file') throw new Error('the page configures a file');
  const path = join(rsyslog.directory, 'moorwatch/incidents.ndjson');
  const own = { ...archive, path, ...(rotateMegabytes !== undefined && { rotateMegabytes }) };
  sink = createSink('archive', own, { clock: Date.now, version: '1.2.3' });
  return sink;
}
const write = async (to: Sink, updates: readonly IncidentUpdate[]): Promise<void> => {
  for (const one of updates) expect(await to.send(one, signal)).toEqual(delivered);
  expect(await to.flush?.(signal)).toEqual(delivered);
};
const linesOf = async (path: string): Promise<readonly string[]> =>
  (await readFile(join(rsyslog.directory, path), 'utf8').catch(() => '')).split('\n').slice(0, -1);
const read = () => linesOf('siem/incidents.ndjson');
const idsIn = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as IncidentUpdate).id);

test('rsyslog reads every update as it was written, whatever its names, and tells the grave ones apart', async () => {
  const archive = await start();
  const hostile = 'x"}\n{"id":"forged"}\r\n\u0000\u007f\u0085\u2028\u202e🐳\ud800';
  const updates = Array.from({ length: 60 }, (_, n) => {
    const { container } = update(n).incident;
    const named = { title: hostile.repeat(n + 1), container: container && { ...container, name: hostile } };
    return { ...update(n, { ...named, severity: n % 3 === 0 ? 'critical' : 'low' }), id: `file-${n}` };
  });
  await write(archive, updates);
  const written = await linesOf('moorwatch/incidents.ndjson');
  expect(written).toHaveLength(60);
  await eventually(async () => (await read()).length >= 60 || undefined);
  expect(await read()).toEqual(written);
  expect(idsIn(await linesOf('siem/grave.ndjson'))).toEqual(updates.filter((_, n) => n % 3 === 0).map(({ id }) => id));
  const modes = ['moorwatch', 'moorwatch/incidents.ndjson'].map(async (name) => stat(join(rsyslog.directory, name)));
  expect((await Promise.all(modes)).map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600]);
});

test('it loses nothing over rotations, and keeps as many files as the page says', async () => {
  const archive = await start(0.02);
  const updates = Array.from({ length: 600 }, (_, n) => ({ ...update(n), id: `rotated-${n}` }));
  for (let n = 0; n < updates.length; n += 20) {
    await write(archive, updates.slice(n, n + 20));
    // A reader that is more than the kept files behind loses what is written over: that is no matter of this test.
    await eventually(async () => idsIn(await read()).includes(`rotated-${n + 19}`) || undefined);
  }
  expect(new Set(idsIn(await read()))).toEqual(new Set(updates.map(({ id }) => id)));
  const files = (await readdir(join(rsyslog.directory, 'moorwatch'))).sort();
  expect(files).toEqual(['incidents.ndjson', ...[1, 2, 3, 4, 5].map((n) => `incidents.ndjson.${n}`), 'missed']);
  // Each once: none of the files was read again.
  expect(await read()).toHaveLength(600);
});

test('it loses nothing when rsyslog is killed, and tells little twice', async () => {
  const archive = await start();
  const updates = Array.from({ length: 90 }, (_, n) => ({ ...update(n), id: `killed-${n}` }));
  await write(archive, updates.slice(0, 35));
  await eventually(async () => idsIn(await read()).includes('killed-34') || undefined);
  await rsyslog.kill();
  await write(archive, updates.slice(35, 60));
  await rsyslog.start();
  await write(archive, updates.slice(60));
  await eventually(async () => idsIn(await read()).includes('killed-89') || undefined);
  expect(new Set(idsIn(await read()))).toEqual(new Set(updates.map(({ id }) => id)));
  expect((await read()).length).toBeLessThanOrEqual(90 + 10);
});

test('what was rotated while rsyslog was away is had by what the page says', async () => {
  const archive = await start(0.02);
  const updates = Array.from({ length: 90 }, (_, n) => ({ ...update(n), id: `missed-${n}` }));
  await write(archive, updates.slice(0, 5));
  await eventually(async () => idsIn(await read()).includes('missed-4') || undefined);
  await rsyslog.kill();
  await write(archive, updates.slice(5, 60));
  await rsyslog.start();
  await write(archive, updates.slice(60));
  await eventually(async () => idsIn(await read()).includes('missed-89') || undefined);
  expect(idsIn(await read())).not.toContain('missed-10');
  execFileSync('sh', ['-ec', within(rsyslog.directory, catchUp)]);
  await eventually(async () => new Set(idsIn(await read())).size === 90 || undefined);
});
