import { describe, expect, it } from 'vitest';
import { createActivity } from '../../../../../collector/sensors/changes/activity.ts';
import { entriesOf, rotatedPaths } from '../../../../../collector/sensors/changes/entries.ts';
import { type FileContext, fileFacts } from '../../../../../collector/sensors/changes/facts.ts';
import type { Looked } from '../../../../../collector/sensors/changes/look.ts';
import { createDiffSchedule } from '../../../../../collector/sensors/changes/schedule.ts';
import { createSeenChanges } from '../../../../../collector/sensors/changes/seen.ts';

const looked = (look: Partial<Looked> = {}): Looked => ({
  type: 'file',
  mode: 0o644,
  uid: 0,
  size: 10,
  inode: '7',
  changedAt: 5_000,
  ...look,
});

describe('a diff', () => {
  const schedule = () => createDiffSchedule({ settleMs: 300, distanceMs: 10_000 });

  it('waits for what belongs to its cause, and follows no other one', () => {
    const diffs = schedule();
    diffs.want('a', 1_000);
    diffs.want('a', 1_200);
    expect(diffs.next()).toBe(1_300);
    expect(diffs.take(1_299, 2)).toEqual([]);
    expect(diffs.take(1_300, 2)).toEqual(['a']);
    diffs.done('a', 1_400, 100);
    expect(diffs.next()).toBeUndefined();
    expect(diffs.take(99_000, 2)).toEqual([]);
  });

  it('that is wished for later comes earlier when there is cause, and not twice', () => {
    const diffs = schedule();
    diffs.want('a', 0, 60_000);
    expect(diffs.next()).toBe(60_000);
    diffs.want('a', 5_000);
    diffs.want('a', 5_100, 60_000);
    expect(diffs.next()).toBe(5_300);
    expect(diffs.take(5_300, 2)).toEqual(['a']);
    expect(diffs.next()).toBeUndefined();
  });

  it('of one container keeps its distance to the one before, however often there is cause', () => {
    const diffs = schedule();
    diffs.want('a', 0);
    diffs.take(300, 2);
    diffs.want('a', 350);
    // The one before is not done yet.
    expect(diffs.next()).toBeUndefined();
    expect(diffs.take(9_000, 2)).toEqual([]);
    diffs.done('a', 400, 100);
    for (let now = 400; now < 10_000; now += 50) diffs.want('a', now);
    expect(diffs.take(10_399, 2)).toEqual([]);
    expect(diffs.take(10_400, 2)).toEqual(['a']);
  });

  it('that took long is followed by a rest of twenty times as long', () => {
    const diffs = schedule();
    diffs.done('a', 5_000, 2_000);
    diffs.want('a', 6_000);
    expect(diffs.next()).toBe(45_000);
    diffs.forget('a');
    expect(diffs.next()).toBeUndefined();
  });

  it('is one of so many at a time, and of a thousand that wait', () => {
    const diffs = schedule();
    for (let index = 0; index < 1_000; index += 1) expect(diffs.want(`${index}`, 0)).toBe(true);
    expect(diffs.want('one more', 0)).toBe(false);
    expect(diffs.want('7', 0)).toBe(true);
    expect(diffs.take(300, 2)).toEqual(['0', '1']);
    expect(diffs.want('one more', 0)).toBe(true);
  });
});

describe('a change is laid to', () => {
  it('the exec that ran when it was made', () => {
    const activity = createActivity();
    activity.execBegan('c', 'e', 1_000);
    expect(activity.by('c', 900)).toBeUndefined();
    expect(activity.by('c', 9_000)).toBe('exec');
    activity.execEnded('c', 'e', 2_000);
    expect([990, 1_500, 2_050].map((at) => activity.by('c', at))).toEqual(['exec', 'exec', 'exec']);
    expect([900, 2_200].map((at) => activity.by('c', at))).toEqual([undefined, undefined]);
    expect(activity.by('d', 1_500)).toBeUndefined();
  });

  it('a copy that ended within a minute after it, unless an exec ran', () => {
    const activity = createActivity();
    activity.copied('c', 100_000);
    activity.execBegan('c', 'e', 95_000);
    activity.execEnded('c', 'e', 96_000);
    expect([39_000, 41_000, 95_500, 99_999, 100_500].map((at) => activity.by('c', at))).toEqual([
      undefined,
      'copy',
      'exec',
      'copy',
      undefined,
    ]);
    activity.forget('c');
    expect(activity.by('c', 99_999)).toBeUndefined();
  });

  it('an exec right behind a copy is not who wrote what was there before it', () => {
    const activity = createActivity();
    activity.copied('c', 10_005);
    activity.execBegan('c', 'e', 10_008);
    expect([9_990, 10_004, 10_009].map((at) => activity.by('c', at))).toEqual(['copy', 'copy', 'exec']);
  });

  it('none of those that were too long ago to be kept', () => {
    const activity = createActivity();
    for (let index = 0; index < 201; index += 1) {
      activity.execBegan('c', `${index}`, index * 1_000);
      activity.execEnded('c', `${index}`, index * 1_000 + 1);
    }
    expect(activity.by('c', 0)).toBeUndefined();
    expect(activity.by('c', 1_000)).toBe('exec');
  });
});

describe('entries', () => {
  it('say what changed, without the directories that only hold it, the telling ones first', () => {
    const items = [
      { Path: '/srv', Kind: 0 },
      { Path: '/srv/z', Kind: 1 },
      { Path: '/srv/data', Kind: 1 },
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/crontab', Kind: 0 },
      { Path: '/bin/ls', Kind: 2 },
      { Path: '/odd', Kind: 9 },
    ];
    expect(entriesOf(items)).toEqual([
      { path: '/bin/ls', change: 'deleted' },
      { path: '/etc/crontab', change: 'changed' },
      { path: '/srv/data', change: 'added' },
      { path: '/srv/z', change: 'added' },
    ]);
  });

  it('a flood of files in one place hides nothing in another', () => {
    const flood = (directory: string) =>
      Array.from({ length: 3_000 }, (_, index) => ({ Path: `${directory}/a${index}`, Kind: 1 as const }));
    const others = ['/etc/shadow', '/usr/bin/zz', '/root/.ssh/authorized_keys', '/dev/sda', '/srv/z', '/lib/z.so'];
    for (const directory of ['/etc', '/dev', '/usr/bin', '/root', '/var/log', '/srv/flood', '/root/.ssh']) {
      const hidden = others.filter((path) => !path.startsWith(`${directory.replace('/flood', '')}/`));
      const items = [...flood(directory), ...hidden.map((Path) => ({ Path, Kind: 1 as const }))];
      const first = entriesOf(items)
        .slice(0, 200)
        .map(({ path }) => path);
      expect(first).toEqual(expect.arrayContaining(hidden));
      expect(entriesOf(items)).toHaveLength(3_000 + hidden.length);
    }
  });

  it('a log is rotated where its successor is new, or where it is an old one that went', () => {
    const added = (path: string) => ({ path, change: 'added' }) as const;
    const rotated = rotatedPaths([
      added('/var/log/app.log.1'),
      added('/var/log/b.log-20260101.gz'),
      added('/var/log/auth.log'),
      { path: '/var/log/c.log.5', change: 'deleted' },
      { path: '/var/log/d.log', change: 'deleted' },
    ]);
    expect([...rotated]).toEqual(['/var/log/app.log', '/var/log/b.log', '/var/log/c.log.5']);
  });
});

describe('facts of a file', () => {
  const facts = (look: Partial<FileContext>, path = '/tmp/x', change: 'added' | 'changed' | 'deleted' = 'added') =>
    fileFacts(
      { path, change },
      {
        now: undefined,
        image: undefined,
        lastSize: undefined,
        changedAt: undefined,
        startedAt: 1_000,
        by: undefined,
        isRotated: false,
        ...look,
      },
    );

  it('are what is known of it, and nothing else', () => {
    expect(facts({}, '/a/b', 'deleted')).toEqual({ path: '/a/b', name: 'b', change: 'deleted' });
    expect(facts({ now: looked(), changedAt: 3_500, by: 'exec', isRotated: true })).toEqual({
      path: '/tmp/x',
      name: 'x',
      change: 'added',
      by: 'exec',
      age_s: 2.5,
      type: 'file',
      mode: '0644',
      uid: 0,
      size: 10,
      executable: false,
      setuid: false,
      setgid: false,
      privilege_gained: false,
      emptied: false,
      rotated: true,
    });
  });

  it('a privilege is gained where the image’s own file has not all of it', () => {
    const suid = looked({ mode: 0o4755 });
    expect(facts({ now: suid })).toMatchObject({
      setuid: true,
      executable: true,
      privilege_gained: true,
      mode: '4755',
    });
    expect(facts({ now: suid, image: looked({ mode: 0o4755 }) })).toMatchObject({ privilege_gained: false });
    expect(facts({ now: looked({ mode: 0o6755 }), image: suid })).toMatchObject({
      setgid: true,
      privilege_gained: true,
    });
    expect(facts({ now: suid, image: null })).toMatchObject({ privilege_gained: true });
    expect(facts({ now: looked({ type: 'directory', mode: 0o2755 }) })).not.toHaveProperty('privilege_gained');
  });

  it('it was emptied where it had something in the image, or at the last look', () => {
    const empty = looked({ size: 0 });
    expect(facts({ now: empty })).toMatchObject({ emptied: false });
    expect(facts({ now: empty, lastSize: 5 })).toMatchObject({ emptied: true });
    expect(facts({ now: empty, image: looked({ size: 9 }) })).toMatchObject({ emptied: true });
    expect(facts({ now: empty, image: looked({ size: 0 }) })).toMatchObject({ emptied: false });
  });

  it('a link says where it leads', () => {
    const link = (target: string) => facts({ now: looked({ type: 'symlink', target }) }, '/root/.ash_history');
    expect(link('/dev/null')).toMatchObject({ type: 'symlink', target: '/dev/null', target_path: '/dev/null' });
    expect(link('../etc/./shadow')).toMatchObject({ target: '../etc/./shadow', target_path: '/etc/shadow' });
  });
});

describe('of two diffs', () => {
  const entry = (path: string, now: Looked | undefined = looked()) =>
    ({ entry: { path, change: now === undefined ? 'deleted' : 'added' }, now }) as const;

  it('the second tells what is new or another file now', () => {
    const seen = createSeenChanges();
    const first = [entry('/a'), entry('/b'), entry('/c', undefined)];
    expect(seen.fresh('c', first)).toEqual(first);
    expect(seen.lastSize('c', '/a')).toBe(10);
    const changed = entry('/b', looked({ changedAt: 6_000, size: 0 }));
    expect(seen.fresh('c', [entry('/a'), changed, entry('/c', undefined), entry('/d')])).toEqual([
      changed,
      entry('/d'),
    ]);
    // What was gone in between is new again.
    seen.fresh('c', []);
    expect(seen.fresh('c', [entry('/a')])).toHaveLength(1);
    expect(seen.fresh('other', [entry('/a')])).toHaveLength(1);
  });

  it('what is too much to look at counts once, not with every diff', () => {
    const seen = createSeenChanges();
    expect([5_000, 5_000, 5_010, 10, 5_000].map((total) => seen.grown('c', total, 2_000))).toEqual([
      3_000, 0, 10, 0, 3_000,
    ]);
    seen.forget('c');
    expect(seen.grown('c', 2_001, 2_000)).toBe(1);
  });

  it('the first is forgotten when there are too many containers', () => {
    const seen = createSeenChanges();
    for (let index = 0; index < 501; index += 1) seen.fresh(`${index}`, [entry('/a')]);
    expect(seen.takeEvicted()).toBe(1);
    expect(seen.fresh('0', [entry('/a')])).toHaveLength(1);
    expect(seen.fresh('500', [entry('/a')])).toEqual([]);
  });
});
