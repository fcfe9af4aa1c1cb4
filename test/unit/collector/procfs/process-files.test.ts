import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { capabilitiesOf, capabilitySet } from '../../../../collector/procfs/capabilities.ts';
import { parseCodeMappings } from '../../../../collector/procfs/maps.ts';
import { parseMountinfo, upperDirectory } from '../../../../collector/procfs/mountinfo.ts';
import { createPatient } from '../../../../collector/procfs/patient.ts';
import { createProcesses } from '../../../../collector/procfs/processes.ts';
import { linkOf, readKernelFile } from '../../../../collector/procfs/read.ts';
import { readBounded } from '../../../../collector/procfs/read-bounded.ts';
import { isGone, parseStat } from '../../../../collector/procfs/stat.ts';
import { parseStatus } from '../../../../collector/procfs/status.ts';
import { parseZeroSeparated } from '../../../../collector/procfs/zero-separated.ts';
import { fakeProcfs } from '../../../support/procfs.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

describe('/proc/PID/stat', () => {
  const line =
    '20198 (a) b (c) S 20175 20198 20190 34816 -1 4194560 961 0 1 0 1 0 0 0 20 0 1 0 84575 2322432 324 18446744073709551615 4198400 5785993 140722454414160 0 0';

  it('is read behind the last bracket: a name may have brackets and spaces', () => {
    expect(parseStat(line)).toEqual({
      pid: 20_198,
      comm: 'a) b (c',
      state: 'S',
      parent: 20_175,
      session: 20_190,
      terminal: 34_816,
      start: '84575',
      image: '4198400 5785993 140722454414160',
    });
  });

  it.each(['', 'no brackets', '1 (x) S 1', ')('])('no line of stat: %j', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });

  it.each([
    ['S', false],
    ['T', false],
    ['Z', true],
    ['X', true],
  ])('a process in state %s is gone: %s', (state, gone) => {
    const stat = parseStat(line.replace(') S', `) ${state}`));
    expect(stat !== undefined && isGone(stat)).toBe(gone);
  });
});

describe('/proc/PID/status', () => {
  const text =
    'Name:\tsleep\nUid:\t1000\t0\t0\t0\nNSpid:\t20198\t7\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000001\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n';

  it('gives ids, sets and filters', () => {
    expect(parseStatus(text)).toEqual({
      uid: 1_000,
      effectiveUid: 0,
      vpid: 7,
      capabilities: { permitted: 0xa80425fbn, effective: 1n, bounding: 0x1ffffffffffn },
      noNewPrivileges: true,
      seccomp: 'filter',
    });
  });

  it('leaves out what a kernel does not say, and is nothing without a user', () => {
    const old = parseStatus('Uid:\t0\t0\t0\t0\n');
    expect(old).toMatchObject({ vpid: 0, seccomp: undefined, noNewPrivileges: undefined });
    expect(old?.capabilities.effective).toBe(0n);
    expect(parseStatus('')).toBeUndefined();
  });
});

describe('capabilities', () => {
  it('have the names of their bits, and newer ones their numbers', () => {
    expect(capabilitiesOf(0n)).toEqual([]);
    expect(capabilitiesOf((1n << 21n) | 1n | (1n << 63n))).toEqual(['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_63']);
  });

  it('are a set again', () => {
    expect(capabilitySet(['CAP_SYS_ADMIN', 'CHOWN', 'CAP_NONE'])).toBe((1n << 21n) | 1n);
  });
});

describe('/proc/PID/maps', () => {
  it('gives files that are executed, each once', () => {
    const text = `00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/app
00651000-00652000 r--p 00051000 08:02 173521 /usr/bin/data
7f00-7f01 r-xp 00000000 00:01 9 /memfd:x (deleted)
7f01-7f02 r-xp 00000000 08:02 11 /tmp/a b.so
7f02-7f03 r-xp 00001000 08:02 11 /tmp/a b.so
7f03-7f04 r-xp 00000000 00:00 0 [vdso]
7f04-7f05 rwxp 00000000 00:00 0
`;
    expect(parseCodeMappings(text)).toEqual([
      { path: '/usr/bin/app', deleted: false, inode: '173521' },
      { path: '/memfd:x', deleted: true, inode: '9' },
      { path: '/tmp/a b.so', deleted: false, inode: '11' },
    ]);
  });

  it('has an end', () => {
    const text = Array.from({ length: 400 }, (_, index) => `1-2 r-xp 0 08:02 ${index + 1} /l${index}`).join('\n');
    expect(parseCodeMappings(text)).toHaveLength(256);
  });
});

describe('lists with zero bytes', () => {
  it.each([
    ['a\0b c\0', 100, ['a', 'b c'], false],
    ['a\0\0b\0', 100, ['a', '', 'b'], false],
    ['nginx: worker process\0\0\0\0', 100, ['nginx: worker process'], false],
    ['', 100, [], false],
    ['abc\0def\0', 5, ['abc', 'd'], true],
  ])('%j, at most %i bytes', (text, most, items, truncated) => {
    expect(parseZeroSeparated(Buffer.from(text), most)).toEqual({ items, truncated });
  });
});

describe('the writable layer', () => {
  const line = (type: string, options: string): string =>
    `74 49 0:39 / / rw,relatime master:3 - ${type} overlay ${options}`;

  it.each([
    ['overlay', 'rw,lowerdir=/a:/b,upperdir=/var/lib/x/diff,workdir=/var/lib/x/work', '/var/lib/x/diff'],
    ['overlay', 'rw,lowerdir=/a,upperdir=/data\\040dir/a\\054b/diff', '/data dir/a,b/diff'],
    ['overlay', 'rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work', undefined],
    ['overlay', 'ro,lowerdir=/a:/b', undefined],
    ['ext4', 'rw,upperdir=/x', undefined],
  ])('of a mount of %s with %s', (type, options, directory) => {
    const [mount] = parseMountinfo(line(type, options));
    expect(mount && upperDirectory(mount)).toBe(directory);
  });
});

describe('reads', () => {
  it('end at a bound, and are nothing when there is nothing', async () => {
    const dir = temporaryDirectory('read', onTestFinished);
    writeFileSync(join(dir, 'long'), 'x'.repeat(40_000));
    expect(readKernelFile(join(dir, 'long'), 10)).toBe('x'.repeat(10));
    expect(readKernelFile(join(dir, 'long'))).toHaveLength(40_000);
    expect(readKernelFile(join(dir, 'none'))).toBeUndefined();
    expect(linkOf(join(dir, 'long'))).toBeUndefined();
    expect(await readBounded(join(dir, 'long'), 100)).toHaveLength(101);
    expect(await readBounded(join(dir, 'long'), 30_000)).toHaveLength(30_001);
    expect(await readBounded(join(dir, 'long'), 100_000)).toHaveLength(40_000);
  });
});

describe('who owns a socket', () => {
  it('is told with the beginning of its arguments only: a process can make them as long as its memory', async () => {
    const host = fakeProcfs();
    host.addProcess({ pid: 7, args: ['/bin/x', 'a'.repeat(1_000_000)] });
    const { executable, args } = await createProcesses(host.procfs).describe(7);
    expect(executable).toBe('/bin/x');
    expect(args).toEqual(['/bin/x', 'a'.repeat(8 * 1024 - '/bin/x '.length)]);
    host.remove();
  });
});

describe('reads that a container can hold up', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const never = () => new Promise<string>(() => undefined);

  it('give their answer, or nothing when they fail', async () => {
    const patient = createPatient();
    expect(await patient('a', () => Promise.resolve('x'))).toBe('x');
    expect(await patient('a', () => Promise.reject(new Error('gone')))).toBeUndefined();
    expect(await patient('a', () => Promise.resolve('y'))).toBe('y');
  });

  it('are given up after a while, and then hold up nothing but their own container', async () => {
    const patient = createPatient();
    const late = patient('a', never);
    const behind = patient('a', () => Promise.resolve('behind'));
    expect(await patient('b', () => Promise.resolve('b'))).toBe('b');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await late, await behind]).toEqual([undefined, undefined]);
    const asked = vi.fn(() => Promise.resolve('again'));
    expect(await patient('a', asked)).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
    expect(await patient('b', () => Promise.resolve('b'))).toBe('b');
  });

  it('are asked again of a container that answers at last', async () => {
    const patient = createPatient();
    let answer: (text: string) => void = () => undefined;
    const late = patient('a', () => new Promise<string>((resolve) => (answer = resolve)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toBeUndefined();
    answer('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(await patient('a', () => Promise.resolve('now'))).toBe('now');
  });

  it('of many containers that never answer leave no place, and everybody else is told so in time', async () => {
    const patient = createPatient();
    for (const whose of ['a', 'b', 'c']) void patient(whose, never);
    const other = patient('d', () => Promise.resolve('d'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await other).toBeUndefined();
  });

  it('of containers that never answer leave places to those that did and to the host, and each is told once', async () => {
    const gaveUp = vi.fn<(whose: string) => void>();
    const patient = createPatient({ threads: 8, gaveUp });
    expect(await patient('good', () => Promise.resolve('before'))).toBe('before');
    for (const whose of ['a', 'b', 'c', 'd', 'e', 'f']) void patient(whose, never);
    expect(await patient('good', () => Promise.resolve('still'))).toBe('still');
    expect(await patient('host', () => Promise.resolve('host'))).toBe('host');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await patient('good', () => Promise.resolve('later'))).toBe('later');
    // Those that found no place are told at once, the others when it is no busy disk.
    expect(gaveUp.mock.calls.flat()).toEqual(['d', 'e', 'f']);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(gaveUp.mock.calls.flat().sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});
