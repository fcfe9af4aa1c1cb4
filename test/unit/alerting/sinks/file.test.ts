import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSink } from '../../../../alerting/sinks/file.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { update } from '../updates.ts';

const idsIn = async (path: string): Promise<string[]> => {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as IncidentUpdate).id);
};

describe('the file sink', () => {
  describeSinkCompliance(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'moorwatch-sink-'));
    const path = join(directory, 'logs', 'incidents.ndjson');
    await mkdir(join(directory, 'logs'));
    return {
      sink: createFileSink({ name: 'archive', path }),
      received: () => idsIn(path),
      goAway: () => rename(join(directory, 'logs'), join(directory, 'away')),
      comeBack: () => rename(join(directory, 'away'), join(directory, 'logs')),
      secrets: [],
      close: () => rm(directory, { recursive: true }),
    };
  });

  let directory = '';
  const signal = new AbortController().signal;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-sink-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('makes the file for its owner alone', async () => {
    const path = join(directory, 'a.ndjson');
    const sink = createFileSink({ name: 'archive', path });
    await sink.send(update(1), signal);
    await sink.close?.();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('goes on in a new file when the old one was rotated away', async () => {
    const path = join(directory, 'a.ndjson');
    const sink = createFileSink({ name: 'archive', path });
    await sink.send(update(1), signal);
    await rename(path, `${path}.1`);
    await sink.send(update(2), signal);
    expect(await sink.flush?.(signal)).toEqual({ kind: 'delivered' });
    await sink.close?.();
    expect([await idsIn(`${path}.1`), await idsIn(path)]).toEqual([[update(1).id], [update(2).id]]);
  });

  it('keeps lines whole when partitions send at once', async () => {
    const path = join(directory, 'a.ndjson');
    const sink = createFileSink({ name: 'archive', path });
    const all = Array.from({ length: 50 }, (_, n) => update(n));
    await Promise.all(all.map((one) => sink.send(one, signal)));
    await sink.close?.();
    expect(await idsIn(path)).toEqual(all.map(({ id }) => id));
  });

  it('waits while the disk is full', async () => {
    const sink = createFileSink({ name: 'archive', path: '/dev/full' });
    expect(await sink.send(update(1), signal)).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/ENOSPC/) as string,
    });
    await sink.close?.();
  });

  it('does not follow a symbolic link', async () => {
    const path = join(directory, 'a.ndjson');
    await writeFile(join(directory, 'other'), 'mine');
    await symlink(join(directory, 'other'), path);
    const sink = createFileSink({ name: 'archive', path });
    expect((await sink.send(update(1), signal)).kind).toBe('retry');
    expect(await readFile(join(directory, 'other'), 'utf8')).toBe('mine');
    await sink.close?.();
  });
});
