import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evidenceSchema } from '../../../shared/evidence.ts';
import { encodeObservation, type Observation } from '../../../shared/observation.ts';
import { egress, exec, snapshot } from '../../support/analyzer/observations.ts';
import { startFeedLab } from '../../support/cli/feed-lab.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';
import { incidentRecord, update } from '../alerting/updates.ts';

const minute = 60_000;
const opened = 1_000 * minute;
const nasty = '<script>alert(1)</script>\u001b[2J\u202e"\'&{{x}}';

const process = (
  pid: number,
  at: number,
  facts: Partial<NonNullable<Observation['process']>>,
  on = 'c1',
): Observation => ({
  ...exec(on, at, []),
  id: `process-${on}-${pid}`,
  kind: 'process',
  event: { source: 'procfs', action: 'start' },
  process: { pid, ...facts },
});
const withoutExec = ({ exec: _exec, ...rest }: Observation): Observation => rest;

const by = (id: string) =>
  ({ container_id: id, name: id, image: 'nginx', certainty: 'observed', by: 'connection' }) as const;
/** An exec that c1 had made in a container that another one made. */
const execElsewhere = (at: number): Observation => {
  const { container, exec: facts, ...rest } = exec('c8', at, ['id'], { repository: 'other/image' });
  if (container === undefined || facts === undefined) throw new Error('an exec has both');
  return { ...rest, container: { ...container, creator: by('c5') }, exec: { ...facts, creator: by('c1') } };
};

const happened: readonly Observation[] = [
  ...snapshot('c1', opened - 100 * minute, { mounts: { '/var/run/docker.sock': '/run/docker.sock' } }),
  egress('c1', opened - 20 * minute, { ip: '192.0.2.99', port: 1 }),
  egress('c1', opened - minute, { ip: '192.0.2.1', port: 443, domain: 'mirror.example' }),
  ...[0, 1, 2].map((n) => exec('c1', opened + n, ['sh', '-c', nasty])),
  withoutExec(process(12, opened + 20, { command_line: `curl ${nasty}`, parent: { pid: 11 }, user: { name: 'root' } })),
  withoutExec(process(11, opened + 10, { command_line: 'sh -i', origin: 'entered' })),
  exec('c2', opened + 30, ['ls']),
  execElsewhere(opened + 35),
  egress('c9', opened + 40, { ip: '192.0.2.77', port: 7 }, { repository: 'other/image' }),
  egress('c1', opened + 20 * minute, { ip: '192.0.2.98', port: 1 }),
];
const incident = {
  openedAt: opened,
  updatedAt: opened,
  title: `web: ${nasty}`,
  host: { id: 'HOST', name: 'anchor' },
  workload: { id: 'workload of docker.io/library/nginx', name: 'nginx' },
  container: { id: 'c1', name: 'web', image: { name: 'nginx', id: 'sha256:1' }, lineage: 'l' },
};

describe('evidence of an incident', () => {
  let bus: MemoryBus;
  let lab: Awaited<ReturnType<typeof startFeedLab>>;
  beforeEach(async () => {
    let now = 0;
    bus = createMemoryBus({ clock: () => now });
    for (const one of happened) {
      now = Math.max(now, one.at);
      await bus.append('observations', [{ key: 'HOST', value: encodeObservation(one), at: one.at }]);
    }
    await bus.append('observations', [{ key: 'HOST', value: 'no observation of "c1"', at: 0 }]);
    await bus.append('incidents', [incidentRecord(update(1, incident)), incidentRecord(update(2))]);
    lab = await startFeedLab({ bus });
    await expect.poll(async () => (await lab.run(['incidents', '--json'])).out).toContain('incident-1');
  });
  afterEach(async () => {
    await lab.stop();
    await bus.close();
  });

  it('is what container, siblings and host did before and after, and no more', async () => {
    const { code, out } = await lab.run(['incidents', 'show'], 'incident-1', '--json');
    expect(code).toBe(0);
    const { timeline, processes, connections, actors, configuration, read } = evidenceSchema.parse(JSON.parse(out));
    expect(timeline.map(({ about, text, count }) => [about, text, count])).toEqual([
      ['container', 'tcp connection to 192.0.2.1:443 (mirror.example)', 1],
      ['container', `exec: sh -c ${nasty}`, 3],
      ['container', 'process 11: sh -i', 1],
      ['container', `process 12: curl ${nasty}, child of 11`, 1],
      ['sibling', 'exec: ls', 1],
      ['created', 'exec: id', 1],
    ]);
    expect(processes.map(({ pid, depth }) => [pid, depth])).toEqual([
      [11, 0],
      [12, 1],
    ]);
    expect(connections.map(({ peer, count }) => [peer, count])).toEqual([['192.0.2.1:443 (mirror.example)', 1]]);
    expect(actors.map(({ who, certainty }) => [who, certainty])).toEqual([
      ['somebody with access to the engine', 'unknown'],
      ['a process of the host', 'observed'],
    ]);
    // Configured long before the window.
    expect(configuration?.mounts).toEqual([expect.objectContaining({ source_real: '/run/docker.sock' })]);
    expect(read.observations).toBe(8);
  });

  it('takes a wider window, and the beginning of an id', async () => {
    const wide = await lab.run(['incidents', 'show'], 'incident-1', '--minutes', '30', '--json');
    expect(wide.out).toContain('192.0.2.98');
    const both = await lab.run(['incidents', 'show'], 'incident-');
    expect(both).toMatchObject({ code: 1, err: expect.stringContaining('2 incidents begin with') as unknown });
    expect(both.err).toMatch(/^ {2}incident-1 {2}open, \w+: .+$/m);
    expect(both.err).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
    const none = await lab.run(['incidents', 'show'], 'nothing');
    expect(none.err).toContain('no incident begins with nothing');
    expect((await lab.run(['incidents', 'show'], 'incident-1', '--minutes', '0')).code).toBe(2);
  });

  it('is found by the beginning of its id, however many changed since, and a list says what it leaves out', async () => {
    const since = Array.from({ length: 1_200 }, (_, n) => incidentRecord(update(n, { id: `later-${n}` })));
    await bus.append('incidents', since);
    await expect.poll(async () => (await lab.run(['incidents', '--json'])).err).toContain('changed last, of 1202');
    expect((await lab.run(['incidents', 'show'], 'incident-1')).out).toContain('incident-1, version 1');
    expect((await lab.run(['incidents', 'show'], 'later-119')).out).toContain('later-119, version 1');
    const { err } = await lab.run(['incidents', 'show'], 'later-');
    expect(err).toContain('1200 incidents begin with later-');
    expect(err).toContain('  … and 1180 more');
  });

  it('is printed for people, and steers no terminal', async () => {
    const { out } = await lab.run(['incidents', 'show'], 'incident-1');
    expect(out).toContain('exec: sh -c <script>alert(1)</script>\\u{1b}[2J\\u{202e}');
    expect(out).toMatch(/who\n {2}.*exec sh/);
    expect(out).toContain('  11 sh -i (entered)\n    12 curl');
    expect(out).toContain('/run/docker.sock at /var/run/docker.sock');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('is exported as a page that runs nothing, and as JSON, for the eyes of who asked alone', async () => {
    const file = lab.file('incident.html');
    writeFileSync(file, 'an older one', { mode: 0o644 });
    expect((await lab.run(['incidents', 'export'], 'incident-1', '-o', file)).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J\\u{202e}&quot;&#39;&amp;{{x}}');
    expect(page).not.toMatch(/<script|<img|<link|<a |src=|href=| on\w+=/i);
    expect(page).toContain("default-src 'none'");
    const { out } = await lab.run(['incidents', 'export'], 'incident-1');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(evidenceSchema.parse(JSON.parse(out)).incident.title).toBe(`web: ${nasty}`);
  });
});

describe('evidence of an incident of several containers', () => {
  const other = { repository: 'other/image' };
  const wide = {
    ...incident,
    title: 'web: escape',
    containers: [
      { id: 'c1', name: 'web' },
      { id: 'j1', name: `job ${nasty}` },
      { id: 'k1', name: 'helper' },
    ],
    moreContainers: 3,
    merged: ['incident-9'],
  };
  const seen: readonly Observation[] = [
    ...snapshot('c1', opened - 100 * minute, { mounts: { '/a': '/mnt/of-web' } }),
    ...snapshot('j1', opened - 99 * minute, { mounts: { '/b': '/mnt/of-job' } }),
    withoutExec(process(7, opened + 1, { command_line: 'web-main' })),
    withoutExec(process(7, opened + 2, { command_line: 'job-main' }, 'j1')),
    withoutExec(process(8, opened + 3, { command_line: 'job-child', parent: { pid: 7 } }, 'j1')),
    egress('c1', opened + 4, { ip: '192.0.2.1', port: 443 }),
    egress('j1', opened + 5, { ip: '192.0.2.1', port: 443 }, other),
    exec('k1', opened + 6, ['id'], other),
    exec('z1', opened + 7, ['nothing-of-it'], other),
    ...Array.from({ length: 60 }, (_, n) =>
      withoutExec(process(100 + n, opened + 10 + n, { command_line: `flood-${n}` }, 'k1')),
    ),
  ];

  it('covers each: timeline, processes, connections, who, configuration, and says what was too much', async () => {
    let now = 0;
    const bus = createMemoryBus({ clock: () => now });
    for (const one of seen) {
      now = Math.max(now, one.at);
      await bus.append('observations', [{ key: 'HOST', value: encodeObservation(one), at: one.at }]);
    }
    await bus.append('incidents', [incidentRecord(update(1, wide))]);
    const lab = await startFeedLab({ bus });
    await expect.poll(async () => (await lab.run(['incidents', '--json'])).out).toContain('incident-1');
    const { out } = await lab.run(['incidents', 'show'], 'incident-1', '--json');
    const evidence = evidenceSchema.parse(JSON.parse(out));
    const ofJob = evidence.timeline.filter(({ container }) => container?.startsWith('job'));
    expect(ofJob.map(({ about, text }) => [about, text])).toEqual([
      ['container', 'process 7: job-main'],
      ['container', 'process 8: job-child, child of 7'],
      ['container', 'tcp connection to 192.0.2.1:443'],
    ]);
    expect(out).not.toContain('nothing-of-it');
    // The same process number in another container is another process.
    const tree = evidence.processes.filter(({ command }) => !command.startsWith('flood'));
    expect(tree.map(({ command, depth, container }) => [command, depth, container])).toEqual([
      ['web-main', 0, undefined],
      ['job-main', 0, `job ${nasty}`],
      ['job-child', 1, `job ${nasty}`],
    ]);
    expect(evidence.processes.filter(({ container }) => container === 'helper')).toHaveLength(50);
    expect(evidence.connections.map(({ peer, container }) => [peer, container])).toEqual([
      ['192.0.2.1:443', undefined],
      ['192.0.2.1:443', `job ${nasty}`],
    ]);
    expect(evidence.actors.map(({ what, container }) => [what, container])).toContainEqual(['exec id', 'helper']);
    expect(evidence.configuration?.mounts).toEqual([expect.objectContaining({ source_real: '/mnt/of-web' })]);
    expect(evidence.otherConfigurations).toMatchObject([{ id: 'j1', mounts: [{ source_real: '/mnt/of-job' }] }]);
    expect(evidence.beyond).toEqual({ containers: 3, processes: 10, connections: 0, actors: 0 });
    const text = (await lab.run(['incidents', 'show'], 'incident-1')).out;
    expect(text).toMatch(/with +5 others, and nothing was looked for of 3 of them: job <script>.*, helper k1/);
    expect(text).toContain('observations that found no room: 10 of processes');
    expect(text).toContain('1 incident went on in this one: incident-9');
    expect(text).toMatch(/configuration of job <script>.*\n( .*\n)*.*\/mnt\/of-job at \/b/);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const page = (await lab.run(['incidents', 'export'], 'incident-1', '--format', 'html')).out;
    expect(page).toContain('Configuration of job &lt;script&gt;');
    expect(page).not.toMatch(/<script/);
    await lab.stop();
    await bus.close();
  });
});
