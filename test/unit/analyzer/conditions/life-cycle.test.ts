import { describe, expect, it } from 'vitest';
import { exec, lifecycle, snapshot } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines, told } from '../../../support/analyzer/play.ts';

const socket = { '/s': '/run/docker.sock' };

describe('a condition', () => {
  it('is told once, however often the same snapshot comes', () => {
    const play = createPlay();
    expect(told(play.batch(snapshot('c1', 1, { privileged: true, mounts: socket })))).toEqual([
      'CFG-01 container',
      'MNT-01 mount:/s',
    ]);
    expect(told(play.batch(snapshot('c1', 2, { privileged: true, mounts: socket, action: 'resync' })))).toEqual([]);
    play.restart();
    expect(told(play.batch(snapshot('c1', 3, { privileged: true, mounts: socket, action: 'resync' })))).toEqual([]);
  });

  it('ends when its object is gone from a later snapshot', () => {
    const play = createPlay();
    const [finding] = findings(play.batch(snapshot('c1', 1, { mounts: socket })));
    const records = play.batch(snapshot('c1', 2, { action: 'update' }));
    expect(records).toMatchObject([{ type: 'ended', id: finding?.id, subject: finding?.subject, at: 2 }]);
  });

  it('ends when its rule no longer matches, and may begin again', () => {
    const play = createPlay();
    play.batch(snapshot('c1', 1, { privileged: true }));
    expect(told(play.batch(snapshot('c1', 2, { action: 'update' })))).toEqual(['-CFG-01/critical/container']);
    expect(told(play.batch(snapshot('c1', 3, { privileged: true, action: 'update' })))).toEqual(['CFG-01 container']);
  });

  it('becomes another when its level changes', () => {
    const play = createPlay({ baselines: { ...quickBaselines, enabled: false } });
    play.batch(snapshot('c1', 1, { mounts: { '/s': '/' } }));
    expect(told(play.batch(snapshot('c1', 2, { mounts: socket, action: 'update' })))).toEqual([
      '-MNT-05/high/mount:/s',
      'MNT-01 mount:/s',
    ]);
  });

  it('ends a minute after its container was destroyed, at the time of that', () => {
    const play = createPlay();
    play.batch(snapshot('c1', 1, { privileged: true }));
    expect(told(play.batch([lifecycle('c1', 1_000, 'destroy'), { tick: 60_999 }]))).toEqual([]);
    expect(play.commits.at(-1)?.nextWake).toBe(61_000);
    expect(play.batch([{ tick: 61_000 }])).toMatchObject([
      { type: 'ended', at: 1_000, reason: 'the container is gone' },
    ]);
    play.batch([{ tick: 700_000 }]);
    expect([...play.state.keys()].filter((key) => /\/(container|condition)\//.test(key))).toEqual([]);
  });

  it('of a container that was destroyed before its snapshot came is told, and ends all the same', () => {
    const play = createPlay();
    play.batch([lifecycle('c1', 1_000, 'create'), lifecycle('c1', 1_100, 'destroy')]);
    expect(told(play.batch(snapshot('c1', 2_000, { privileged: true })))).toEqual(['CFG-01 container']);
    expect(told(play.batch([{ tick: 62_000 }]))).toEqual(['-CFG-01/critical/container']);
  });

  it('of a container whose snapshot comes when even the hold is over begins and ends too', () => {
    const play = createPlay();
    play.batch([lifecycle('c1', 1_000, 'destroy'), { tick: 62_000 }]);
    expect(told(play.batch(snapshot('c1', 63_000, { privileged: true })))).toEqual(['CFG-01 container']);
    expect(told(play.batch([{ tick: 122_999 }]))).toEqual([]);
    expect(told(play.batch([{ tick: 123_000 }]))).toEqual(['-CFG-01/critical/container']);
  });

  it('of a container already gone is told at once, whatever it looks like', () => {
    const play = createPlay();
    play.batch(snapshot('first', 1, { privileged: true }));
    play.batch([lifecycle('second', 10_000, 'destroy')]);
    expect(told(play.batch(snapshot('second', 11_000, { privileged: true })))).toEqual(['CFG-01 container']);
    expect(told(play.batch([{ tick: 71_000 }]))).toEqual(['-CFG-01/critical/container']);
  });

  it('that was there when the host was first watched belongs to its posture', () => {
    const play = createPlay();
    const [present] = findings(play.batch(snapshot('c1', 1, { privileged: true, action: 'present' })));
    const [created] = findings(play.batch(snapshot('c2', 1, { privileged: true, name: 'other' })));
    expect(present?.posture).toBe(true);
    expect(created).not.toHaveProperty('posture');
  });
});

describe('a container that replaces another', () => {
  const before = { privileged: true, mounts: socket };

  it('continues silently: new one made while the old one still lives, as compose does', () => {
    const play = createPlay();
    const claims = ['shop', 'web', '1'] as const;
    play.batch(snapshot('old', 1, { ...before, name: 'shop-web-1', claims }));
    expect(told(play.batch(snapshot('new', 10_000, { ...before, name: 'tmp_shop-web-1', claims })))).toEqual([]);
    expect(told(play.batch([lifecycle('old', 20_000, 'destroy'), { tick: 300_000 }]))).toEqual([]);
    expect(told(play.batch(snapshot('new', 310_000, { ...before, claims, action: 'resync' })))).toEqual([]);
  });

  it('continues silently: new one made after the old one was removed, as `docker rm` and `docker run` do', () => {
    const play = createPlay();
    play.batch(snapshot('old', 1, before));
    play.batch([lifecycle('old', 10_000, 'destroy')]);
    expect(told(play.batch([...snapshot('new', 60_000, before), { tick: 300_000 }]))).toEqual([]);
  });

  it('keeps the lineage, for events and for the end of what it continues', () => {
    const play = createPlay();
    const [first] = findings(play.batch(snapshot('old', 1, before)));
    play.batch(snapshot('new', 10_000, before));
    play.batch([lifecycle('old', 20_000, 'destroy')]);
    const [event] = findings(play.batch([exec('new', 30_000, ['sh'], { privileged: true })]));
    expect(event?.container?.lineage).toBe(first?.container?.lineage);
    const [late] = findings(play.batch([exec('old', 31_000, ['sh'], { privileged: true })]));
    expect(late?.container?.lineage).toBe(first?.container?.lineage);
    const ends = play.batch([lifecycle('new', 40_000, 'destroy'), { tick: 100_000 }]);
    expect(ends).toMatchObject([
      { type: 'ended', id: first?.id, subject: first?.subject, at: 40_000 },
      { type: 'ended', at: 40_000 },
    ]);
  });

  it('has what it continues, whatever is heard late of the old one, even when that was forgotten', () => {
    const play = createPlay({ baselines: { ...quickBaselines, enabled: false } });
    play.batch([...snapshot('old', 1_000), lifecycle('old', 2_000, 'destroy')]);
    expect(told(play.batch(snapshot('new', 3_000, before)))).toHaveLength(2);
    expect(told(play.batch(snapshot('old', 4_000, before)))).toEqual([]);
    expect(told(play.batch([{ tick: 700_000 }, ...snapshot('old', 700_001, before)]))).toEqual([]);
  });

  it('goes on over generations', () => {
    const play = createPlay();
    play.batch(snapshot('g0', 1, before));
    for (let generation = 1; generation <= 4; generation += 1) {
      const at = generation * 200_000;
      expect(told(play.batch(snapshot(`g${generation}`, at, before)))).toEqual([]);
      expect(told(play.batch([lifecycle(`g${generation - 1}`, at + 5_000, 'destroy')]))).toEqual([]);
    }
    expect(told(play.batch([{ tick: 2_000_000 }]))).toEqual([]);
  });

  it('ends what the old one had and the new one has not', () => {
    const play = createPlay();
    // The same configuration may resolve to something else: here the source of the mount became harmless.
    play.batch(snapshot('old', 1, before));
    play.batch(snapshot('new', 10_000, { privileged: true, mounts: { '/s': '/srv' } }));
    play.batch([lifecycle('old', 20_000, 'destroy')]);
    expect(told(play.batch([{ tick: 80_000 }]))).toEqual(['-MNT-01/critical/mount:/s']);
  });

  it('begins anew what ended on the old one while the new one waited', () => {
    const play = createPlay();
    const [first] = findings(play.batch(snapshot('old', 1, before)));
    play.batch(snapshot('new', 10_000, before));
    expect(told(play.batch(snapshot('old', 15_000, { privileged: true, action: 'resync' })))).toEqual([
      '-MNT-01/critical/mount:/s',
    ]);
    const [again] = findings(play.batch([lifecycle('old', 20_000, 'destroy')]));
    expect(again).toMatchObject({ rule: { id: 'MNT-01' }, container: { id: 'new' } });
    expect(first?.rule.id).toBe('CFG-01');
  });

  it('is told at create what is wider than before', () => {
    const play = createPlay();
    play.batch(snapshot('old', 1, { mounts: { '/s': '/' } }));
    expect(told(play.batch(snapshot('new', 10_000, { privileged: true, mounts: socket })))).toEqual([
      'CFG-01 container',
      'MNT-01 mount:/s',
    ]);
  });

  it('is told at once when its configuration is another', () => {
    const play = createPlay();
    play.batch(snapshot('old', 1, before));
    const records = play.batch(snapshot('new', 10_000, { ...before, hash: 'one more capability' }));
    expect(told(records)).toEqual(['CFG-01 container', 'MNT-01 mount:/s']);
  });

  it.each([
    ['another image', { repository: 'docker.io/library/evil' }],
    ['another name and no claim', { name: 'web2' }],
  ])('is none with %s: told at once', (_what, look) => {
    const play = createPlay();
    play.batch(snapshot('old', 1, before));
    expect(told(play.batch(snapshot('new', 10_000, { ...before, ...look })))).toHaveLength(2);
  });
});

describe('a second container beside the first', () => {
  const claims = ['shop', 'web', '1'] as const;
  const one = { privileged: true, claims };

  it('that claims the same slot is told after a minute, under a lineage of its own', () => {
    const play = createPlay();
    const [first] = findings(play.batch(snapshot('first', 1, { ...one, name: 'shop-web-1' })));
    expect(told(play.batch(snapshot('second', 10_000, { ...one, name: 'shop-web-1b' })))).toEqual([]);
    expect(told(play.batch([{ tick: 69_999 }]))).toEqual([]);
    const [second] = findings(play.batch([{ tick: 70_000 }]));
    expect(second).toMatchObject({
      at: 10_000,
      detectedAt: 70_000,
      rule: { id: 'CFG-01' },
      container: { id: 'second' },
    });
    expect(second?.container?.lineage).not.toBe(first?.container?.lineage);
    expect(second?.subject).toContain(second?.container?.lineage);
  });

  it('is told although it is gone before the minute is over', () => {
    const play = createPlay();
    play.batch(snapshot('first', 1, { ...one, name: 'shop-web-1' }));
    play.batch(snapshot('second', 10_000, { ...one, name: 'shop-web-1b' }));
    expect(told(play.batch([lifecycle('second', 20_000, 'destroy')]))).toEqual(['CFG-01 container']);
    expect(told(play.batch([{ tick: 80_000 }]))).toEqual(['-CFG-01/critical/container']);
    expect(told(play.batch(snapshot('first', 90_000, { ...one, name: 'shop-web-1', action: 'resync' })))).toEqual([]);
  });

  it('does not wait when another already waits: one old container is replaced by one', () => {
    const play = createPlay();
    play.batch(snapshot('first', 1, { ...one, name: 'shop-web-1' }));
    play.batch(snapshot('second', 10_000, { ...one, name: 'shop-web-1b' }));
    expect(told(play.batch(snapshot('third', 11_000, { ...one, name: 'shop-web-1c' })))).toEqual(['CFG-01 container']);
  });

  it('still waits after a restart', () => {
    const play = createPlay();
    play.batch(snapshot('first', 1, { ...one, name: 'shop-web-1' }));
    play.batch(snapshot('second', 10_000, { ...one, name: 'shop-web-1b' }));
    play.restart();
    expect(told(play.batch([{ tick: 70_000 }]))).toEqual(['CFG-01 container']);
  });
});

describe('more containers than can be followed', () => {
  it('give way, those that ended first, and what was so of them is said to have ended', () => {
    const play = createPlay();
    play.batch(snapshot('gone', 1, { privileged: true, name: 'gone' }));
    play.batch([lifecycle('gone', 2, 'destroy')]);
    play.batch(snapshot('first', 3, { privileged: true, name: 'first' }));
    const flood = Array.from({ length: 8_191 }, (_, index) => snapshot(`c${index}`, 10 + index, { name: `n${index}` }));
    const records = play.batch(flood.flat());
    expect(told(records)).toEqual(['-CFG-01/critical/container', '-CFG-01/critical/container']);
    expect(records).toMatchObject([{ at: 8_200, reason: 'too many containers to follow' }, { at: 8_200 }]);
    expect(play.happenings).toContainEqual({ name: 'stateEvicted', part: 'conditions', count: 1_024 });
    play.restart();
    expect(told(play.batch([{ tick: 100_000 }]))).toEqual([]);
  });
});

describe('conditions of a host', () => {
  it('begin and end by the observations of their object', async () => {
    const { rule, ruleSet } = await import('../../../support/analyzer/rules.ts');
    const open = rule('API-03', ({ docker }) => docker?.attributes?.tls === 'off', { nature: 'condition' });
    const play = createPlay({ rules: ruleSet([open]) });
    const daemon = (at: number, tls: string) => ({
      id: `daemon ${at}`,
      kind: 'daemon' as const,
      at,
      event: { source: 'inspect' as const, action: 'poll' },
      host: { id: 'HOST', name: 'anchor' },
      docker: { type: 'daemon', id: 'D', attributes: { tls } },
    });
    expect(told(play.batch([daemon(1, 'off'), daemon(2, 'off')]))).toEqual(['API-03 @daemon:daemon:D']);
    expect(told(play.batch([daemon(3, 'on')]))).toEqual(['-API-03/high/@daemon:daemon:D']);
  });
});
