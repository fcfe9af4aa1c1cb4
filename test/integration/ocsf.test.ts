import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSink } from '../../alerting/sinks/index.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { yamlSource } from '../../shared/config/yaml-source.ts';
import { incidentChanges } from '../../shared/incident.ts';
import { eventually } from '../support/eventually.ts';
import { ocsfProblems } from '../support/ocsf/judge.ts';
import { type Rsyslog, startRsyslog } from '../support/rsyslog.ts';
import { update } from '../unit/alerting/updates.ts';

/** docs/siem/ocsf.md: its sink writes, its rsyslog reads. */
const page = readFileSync('docs/siem/ocsf.md', 'utf8');
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';

let rsyslog: Rsyslog;
beforeAll(async () => {
  rsyslog = await startRsyslog({
    configuration: (directory, { tlsMutual }) => {
      const here = block('rsyslog')
        .replace('/var/spool/rsyslog', directory)
        .replaceAll(/\/var\/log\/(moorwatch|siem)/g, directory);
      return `${here}module(load="imptcp")\ninput(type="imptcp" port="${tlsMutual}" address="127.0.0.1")\n`;
    },
  });
});
afterAll(() => rsyslog.stop());

interface Event {
  readonly class_uid: number;
  readonly activity_name: string;
  readonly metadata: { readonly uid: string; readonly correlation_uid: string };
}
const eventsIn = async (name: string): Promise<readonly Event[]> => {
  const text = await readFile(join(rsyslog.directory, name), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
};

test('what the page configures writes valid events, and rsyslog tells findings from incidents', async () => {
  const { lake } = configSchema.parse(yamlSource(block('yaml'), 'ocsf.md').values).sinks;
  if (lake?.type !== 'file') throw new Error('the page configures a file');
  const path = join(rsyslog.directory, 'ocsf.ndjson');
  const sink = createSink('lake', { ...lake, path }, { clock: Date.now, version: '1.2.3' });
  const { signal } = new AbortController();
  const { container } = update(1).incident;
  const hostile = 'x"}\n{"class_uid":2005}\r\n\u0000\u202e🐳';
  const [line] = update(1).incident.findings;
  const findings = Array.from({ length: 200 }, (_, n) => ({
    ...(line ?? expect.unreachable()),
    id: `finding-${n}`,
    summary: hostile.repeat(30),
  }));
  for (const [n, change] of incidentChanges.entries()) {
    const named = { findings, title: hostile, container: container && { ...container, name: hostile } };
    const told = {
      ...update(n, { ...named, status: change === 'closed' ? 'closed' : 'open' }, change),
      finding: 'finding-0',
    };
    expect(await sink.send(told, signal)).toEqual({ kind: 'delivered' });
  }
  expect(await sink.flush?.(signal)).toEqual({ kind: 'delivered' });
  await sink.close?.();

  const incidents = await eventually(async () => {
    const events = await eventsIn('incidents.ndjson');
    return events.length === incidentChanges.length ? events : undefined;
  });
  const detections = await eventsIn('findings.ndjson');
  expect([...detections, ...incidents].flatMap(ocsfProblems)).toEqual([]);
  expect(incidents.map(({ metadata }) => metadata.uid)).toEqual(incidentChanges.map((_, n) => update(n).id));
  expect(incidents.map(({ activity_name }) => activity_name)).toEqual([
    'Create',
    'Update',
    'Update',
    'Close',
    'Update',
    'Close',
  ]);
  // What opens an incident tells all its findings, up to 100.
  const told = incidentChanges.flatMap((change, n) =>
    Array<string>(change === 'opened' ? 100 : 1).fill(`incident-${n}`),
  );
  expect(detections.map(({ metadata }) => metadata.correlation_uid)).toEqual(told);
});
