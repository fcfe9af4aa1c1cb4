import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

  it('calls nothing safe that was written before a sync failed, whichever partition wrote it', async () => {
    const path = join(directory, 'a.ndjson');
    const sink = createFileSink({ name: 'archive', path });
    const [one, other] = [new AbortController().signal, new AbortController().signal];
    await sink.send(update(1), one);
    await sink.send(update(2), other);
    const file = await open(path);
    const syncing = vi
      .spyOn(Object.getPrototypeOf(file) as FileHandle, 'datasync')
      .mockRejectedValueOnce(new Error('EIO: i/o error'));
    await file.close();
    expect(await sink.flush?.(one)).toMatchObject({ kind: 'retry' });
    expect(await sink.flush?.(other)).toMatchObject({ kind: 'retry' });
    syncing.mockRestore();
    const { signal: again } = new AbortController();
    await sink.send(update(2), again);
    expect(await sink.flush?.(again)).toEqual({ kind: 'delivered' });
    await sink.close?.();
  });

  it('keeps lines whole when partitions send at once', async () => {
    const path = join(directory, 'a.ndjson');
    const sink = createFileSink({ name: 'archive', path });
    const all = Array.from({ length: 50 }, (_, n) => update(n));
    await Promise.all(all.map((one) => sink.send(one, signal)));
    await sink.close?.();
    expect(await idsIn(path)).toEqual(all.map(({ id }) => id));
  });

  describe('with rotation', () => {
    const line = JSON.stringify(update(0)).length + 1;
    /** So large that two lines fit and a third does not. */
    const rotateMegabytes = (line * 2.5) / 1024 / 1024;
    const files = async (): Promise<Record<string, string[]>> => {
      const names = (await readdir(directory)).sort();
      const found = await Promise.all(names.map(async (name) => [name, await idsIn(join(directory, name))] as const));
      return Object.fromEntries(found);
    };
    const ids = (...numbers: number[]) => numbers.map((n) => update(n).id);

    it('renames a full file and keeps as many as it is told, lines whole and in order', async () => {
      const sink = createFileSink({ name: 'archive', path: join(directory, 'a'), rotateMegabytes, keep: 2 });
      await Promise.all(Array.from({ length: 9 }, (_, n) => sink.send(update(n), signal)));
      expect(await sink.flush?.(signal)).toEqual({ kind: 'delivered' });
      await sink.close?.();
      expect(await files()).toEqual({ a: ids(8), 'a.1': ids(6, 7), 'a.2': ids(4, 5) });
      expect((await stat(join(directory, 'a.1'))).mode & 0o777).toBe(0o600);
      expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o600);
    });

    it('begins with a file that is full already, and puts a line that is too long for any into one of its own', async () => {
      const path = join(directory, 'a');
      await writeFile(path, `${JSON.stringify(update(0))}\n`.repeat(3));
      const sink = createFileSink({ name: 'archive', path, rotateMegabytes, keep: 9 });
      await sink.send(update(1, { title: 'x'.repeat(line * 3) }), signal);
      await sink.send(update(2), signal);
      await sink.close?.();
      expect(await files()).toEqual({ a: ids(2), 'a.1': ids(1), 'a.2': ids(0, 0, 0) });
    });

    it('takes up a rotation that was cut off, at the cost of no file', async () => {
      const path = join(directory, 'a');
      for (const [name, n] of [
        ['a', 0],
        ['a.2', 1],
        ['a.3', 2],
      ] as const)
        await writeFile(join(directory, name), `${JSON.stringify(update(n))}\n`.repeat(2));
      const sink = createFileSink({ name: 'archive', path, rotateMegabytes, keep: 3 });
      await sink.send(update(5), signal);
      await sink.close?.();
      expect(await files()).toEqual({ a: ids(5), 'a.1': ids(0, 0), 'a.2': ids(1, 1), 'a.3': ids(2, 2) });
    });

    it('stays where it is while a name is taken by what is no file, and goes on after', async () => {
      const path = join(directory, 'a');
      await mkdir(`${path}.1`);
      const sink = createFileSink({ name: 'archive', path, rotateMegabytes, keep: 1 });
      for (const n of [0, 1]) expect((await sink.send(update(n), signal)).kind).toBe('delivered');
      expect((await sink.send(update(2), signal)).kind).toBe('retry');
      await rm(`${path}.1`, { recursive: true });
      expect((await sink.send(update(2), signal)).kind).toBe('delivered');
      await sink.close?.();
      expect(await files()).toEqual({ a: ids(2), 'a.1': ids(0, 1) });
    });

    it('loses and doubles no line, however long the lines are and wherever it is closed', async () => {
      const lines = fc.array(fc.record({ long: fc.nat(600), close: fc.boolean() }), { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(lines, fc.integer({ min: 400, max: 3_000 }), async (sent, bytes) => {
          const inner = await mkdtemp(join(directory, 'p-'));
          const path = join(inner, 'a');
          const make = () =>
            createFileSink({ name: 'archive', path, rotateMegabytes: bytes / 1024 / 1024, keep: 1_000 });
          let sink = make();
          for (const [n, { long, close }] of sent.entries()) {
            expect(await sink.send(update(n, { title: 'ü'.repeat(long) }), signal)).toEqual({ kind: 'delivered' });
            if (!close) continue;
            await sink.close?.();
            sink = make();
          }
          await sink.close?.();
          const names = await readdir(inner);
          const age = (name: string): number => Number(name.slice(2) || 0);
          const inOrder = names.sort((x, y) => age(y) - age(x));
          const found = await Promise.all(inOrder.map((name) => idsIn(join(inner, name))));
          expect(found.flat()).toEqual(sent.map((_, n) => update(n).id));
        }),
        { numRuns: 30 },
      );
    });
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
