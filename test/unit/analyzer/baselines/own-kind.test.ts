import { describe, expect, it } from 'vitest';
import { isAtRest } from '../../../../analyzer/baselines/own-kind.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type PlayOptions, quickBaselines } from '../../../support/analyzer/play.ts';
import { processSeen } from '../../../support/analyzer/procfs-observations.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;
const needs = { observations: 50, hours: 24, newProbability: 0.05 };
const asDelivered = { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 };

const call = (at: number, ip: string, { scope = 'public', by = 'c1', age = 1_000 } = {}): Observation =>
  egress(by, at, { ip, port: 443, scope }, { age });
const inside = (at: number, host = 9, by = 'c1'): Observation => call(at, `172.18.0.${host}`, { scope: 'private', by });

/** Two new addresses an hour, for ever. */
const crawled = (days: number, from = 0): readonly Observation[] =>
  Array.from({ length: days * 48 }, (_, nth) =>
    call(from + 1 + nth * (hour / 2), `198.${Math.floor(from / day)}.${nth >> 8}.${nth & 255}`),
  );

const inOrder = (observations: readonly Observation[]): readonly Observation[] =>
  [...observations].sort((a, b) => a.at - b.at);

const playing = (options: PlayOptions = {}) => createPlay({ rules: ruleSet([]), baselines: asDelivered, ...options });
type Play = ReturnType<typeof playing>;

/** What it tells beside its digests. */
const toldOf = (play: Play, observations: readonly Observation[]) =>
  findings(play.batch(inOrder(observations))).filter(({ digest }) => digest !== true);

const viewOf = (play: Play) => describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');

describe('a kind of its own in a feature that never settles', () => {
  it('is judged once it rests by itself: low at first, medium when it is that rare', () => {
    const severities = [1, 3, 8].map((days) => {
      const play = playing();
      expect(toldOf(play, crawled(days))).toEqual([]);
      const told = toldOf(play, [inside(days * day)]);
      expect(viewOf(play)?.phases.steady.state).toBe(days < 5 ? 'learning' : 'unstable');
      return told.map(({ severity, observation }) => [severity, observation['deviation.item']]);
    });
    expect(severities).toEqual([[], [['low', '172.18.0.9 port 443/tcp']], [['medium', '172.18.0.9 port 443/tcp']]]);
  });

  it('hides nothing of what never settles: that goes on being learned', () => {
    const play = playing();
    toldOf(play, crawled(8));
    expect(toldOf(play, crawled(1, 8 * day))).toEqual([]);
    expect(viewOf(play)?.items).toHaveLength(9 * 48);
  });

  it('tells each once, also after a restart, and the next one no less for it', () => {
    const play = playing();
    toldOf(play, crawled(8));
    expect(toldOf(play, [inside(8 * day)])).toHaveLength(1);
    play.restart();
    expect(toldOf(play, [...crawled(1, 8 * day), inside(8.5 * day), inside(8.9 * day)])).toEqual([]);
    expect(toldOf(play, [inside(9 * day, 10)])).toMatchObject([
      { severity: 'medium', observation: { 'deviation.kind': 'own networks' } },
    ]);
    const items = viewOf(play)?.items ?? [];
    expect(items.filter(({ as }) => as === 'novel')).toHaveLength(2);
  });

  it('is known where it was learned, and says how likely it was to be new', () => {
    const play = playing();
    toldOf(play, [...crawled(8), inside(hour), inside(9 * hour), inside(4 * day)]);
    expect(toldOf(play, [inside(8 * day)])).toEqual([]);
    const [other] = toldOf(play, [inside(8 * day + 1, 10)]);
    // Of 240 slots in four days none brought one.
    expect(other?.observation['deviation.score']).toBeCloseTo(1 - 3 / 240, 2);
  });

  it('goes on being learned where it keeps being new as well, and right after a start', () => {
    const play = playing();
    const many = Array.from({ length: 40 }, (_, nth) => inside(3 * day + nth * 3 * hour, nth));
    toldOf(play, crawled(3));
    const told = toldOf(play, [...crawled(6, 3 * day), ...many]);
    // Those of the first week are undecided, and no evidence; then they are.
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map(({ severity }) => severity))).toEqual(new Set(['low']));
    const fresh = playing();
    toldOf(fresh, crawled(8));
    expect(toldOf(fresh, [call(8 * day, '172.18.0.9', { scope: 'private', age: 1 })])).toEqual([]);
  });

  it('gives the same however it is cut into batches, and whichever replica shows what', () => {
    const replica = (nth: number) => (nth % 2 === 0 ? 'c1' : 'c2');
    const shown = inOrder([
      ...crawled(9),
      inside(2 * hour),
      inside(4 * day),
      inside(8 * day, 10),
      inside(8.2 * day, 11),
    ]);
    const said = (play: Play, size: number, all: readonly Observation[]) =>
      Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => {
        if (size < all.length) play.restart();
        return toldOf(play, all.slice(nth * size, (nth + 1) * size));
      }).flat();
    const [whole, pieces] = [playing(), playing()];
    const found = said(whole, shown.length, shown);
    expect(found).toHaveLength(2);
    expect(said(pieces, 7, shown)).toEqual(found);
    expect(viewOf(pieces)).toEqual(viewOf(whole));
    const shared = shown.map((one, nth) => ({
      ...one,
      ...(one.container && { container: { ...one.container, id: replica(nth) } }),
    }));
    expect(said(playing(), shared.length, shared).map(({ summary }) => summary)).toEqual(
      found.map(({ summary }) => summary),
    );
  });
});

describe('a memory that one kind filled', () => {
  const flood = Array.from({ length: 2_300 }, (_, nth) => call(1 + nth, `203.0.${nth >> 8}.${nth & 255}`));

  it('has room for the others: they are learned, or told once', () => {
    const play = playing();
    toldOf(play, [...flood, inside(hour), ...crawled(8)]);
    expect(viewOf(play)?.state).toBe('too-large');
    const full = viewOf(play)?.items ?? [];
    expect(full).toHaveLength(2_000);
    expect(full.map(({ text }) => text)).toContain('172.18.0.9 port 443/tcp');
    const again = [0, 2, 4, 6].flatMap((hours) => [inside(8 * day + hours * hour), inside(8 * day + hours * hour, 10)]);
    expect(toldOf(play, again)).toMatchObject([
      { severity: 'medium', observation: { 'deviation.item': '172.18.0.10 port 443/tcp' } },
    ]);
    expect(viewOf(play)).toMatchObject({ state: 'too-large' });
    expect(viewOf(play)?.items).toHaveLength(2_000);
    // What gave way is counted.
    expect(play.happenings.filter(({ name }) => name === 'stateEvicted')).not.toEqual([]);
  });

  it('is not for as many of another kind', () => {
    const play = playing();
    toldOf(play, flood);
    toldOf(
      play,
      Array.from({ length: 260 }, (_, nth) => call(hour + nth, `10.1.${nth >> 8}.${nth & 255}`, { scope: 'private' })),
    );
    const items = viewOf(play)?.items ?? [];
    expect(items).toHaveLength(2_000);
    expect(items.filter(({ text }) => text.startsWith('10.1.'))).toHaveLength(250);
  });
});

describe('a kind is at rest', () => {
  const rests = (until: number, firsts: readonly number[], once = firsts.length) =>
    isAtRest(
      { once, first: 0, until, news: (since) => firsts.filter((first) => first >= since).length },
      { needs, mediumPerWeek: 1 },
    );

  it('after two days without anything new in their latter half', () => {
    expect([rests(1.9 * day, []), rests(2.1 * day, [])]).toEqual([false, true]);
    expect([rests(4 * day, [2.1 * day]), rests(4 * day, [1.9 * day])]).toEqual([false, true]);
  });

  it('where so little is new that it is medium', () => {
    expect(rests(4 * week, [week, 3 * week])).toBe(true);
    expect(rests(4 * week, [week, 2.5 * week, 3 * week])).toBe(false);
  });

  it('never where no time has passed, or learning takes none', () => {
    expect(rests(0, [])).toBe(false);
    expect(isAtRest(undefined, { needs, mediumPerWeek: 1 })).toBe(false);
    const none = { once: 0, first: 0, until: 3 * day, news: () => 0 };
    expect(isAtRest(none, { needs: { ...needs, hours: 0 }, mediumPerWeek: 1 })).toBe(false);
  });
});

describe('programs of more rights than usual', () => {
  const ran = (at: number, name: string, effective: readonly string[]): Observation =>
    processSeen(
      'c1',
      at,
      {
        executable: `/builds/${name}`,
        user: { id: 1000 },
        capabilities: { effective, permitted: effective, beyond: [] },
        parent: { executable: '/bin/make' },
      },
      { age: 1_000 },
    );
  const builds = (days: number) =>
    Array.from({ length: days * 48 }, (_, nth) => ran(1 + nth * (hour / 2), `${'abcdefghij'[nth % 10]}x${nth}y`, []));

  it('are a kind of their own: the first is told by a builder that runs something new each half an hour', () => {
    const play = playing();
    expect(toldOf(play, builds(8))).toEqual([]);
    expect(describeBaselines(play.state).find(({ feature }) => feature === 'processes')?.state).toBe('unstable');
    const told = toldOf(play, [ran(8 * day, 'another', []), ran(8 * day + 1, 'cc', ['CAP_SYS_ADMIN'])]);
    expect(told.map(({ severity, observation }) => [severity, observation['deviation.feature']])).toEqual([
      ['medium', expect.stringMatching(/processes|users-and-capabilities/)],
    ]);
  });
});
