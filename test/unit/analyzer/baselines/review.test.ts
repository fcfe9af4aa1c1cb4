import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { type Finding, findingRecordSchema } from '../../../../shared/finding.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { profileText } from '../../../../shared/profile/text.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { egress, exec } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines } from '../../../support/analyzer/play.ts';

const hour = 3_600_000;
const monday = Date.UTC(2026, 5, 1);
const later = { age: 1_000 };
/** Sightings count once in 96 minutes; learning takes a day. */
const baselines = { ...quickBaselines, minimumHours: 24, newProbability: 0.2 };
const feature = 'exec-commands';

const usual = ['a', 'b', 'c', 'd', 'e'];
const late = 'seen seldom, and only when learning was about to end';
const night = 'seen only at hours at which hardly anything else was';
const alone = 'shown by one replica alone';

/** All that is usual, every two hours of some hours after Monday. */
const usually = (from: number, to: number, id = 'c1', every = 2): Observation[] =>
  Array.from({ length: Math.ceil((to - from) / every) }, (_, turn) => monday + (from + turn * every) * hour).flatMap(
    (at) => usual.map((name, index) => exec(id, at + index, [name], later)),
  );
const at = (hours: number, name: string, id = 'c1') => exec(id, monday + hours * hour + 60_000, [name], later);
const inTime = (all: readonly Observation[]) => [...all].sort((one, other) => one.at - other.at);

function playing(all: readonly Observation[], play = createPlay({ baselines })): Play {
  play.batch(inTime(all));
  return play;
}

const itemsOf = (play: Play) => describeBaselines(play.state).find((one) => one.feature === feature)?.items ?? [];
const reviewOf = (play: Play) =>
  Object.fromEntries(itemsOf(play).flatMap(({ text, review }) => (review === undefined ? [] : [[text, review]])));
/** What was asked until some hours after Monday. */
function asked(play: Play, hours: number): readonly Finding[] {
  play.batch([{ tick: monday + hours * hour }]);
  return play.outputs
    .filter(({ topic }) => topic === 'findings')
    .map(({ record }) => findingRecordSchema.parse(JSON.parse(record.value ?? '')))
    .flatMap((record) => (record.type === 'finding' ? [record.finding] : []))
    .filter(({ rule }) => rule.title.startsWith('Learned late'));
}
const valuesOf = ({ state }: Play) =>
  new Map([...state].map(([key, value]): [string, unknown] => [key, JSON.parse(value)]));

describe('when learning has ended', () => {
  const all = [...usually(0, 32), at(20.5, 'sneaky')];

  it('what came late and seldom is listed once, quietly, with how to decide; it is known all the same', () => {
    const play = playing(all);
    expect(reviewOf(play)).toEqual({ sneaky: [late] });
    play.restart();
    const [digest, ...more] = asked(play, 34);
    expect(more).toEqual([]);
    expect(digest).toMatchObject({ digest: true, severity: 'informational', kind: 'deviation' });
    expect(digest?.summary).toBe(
      'docker.io/library/nginx has learned; 1 thing of it learned late or seldom, please review, and take away ' +
        '(moorwatch baselines forget WORKLOAD FEATURE ITEM) or approve (… approve …): ' +
        `sneaky (${feature}: ${late})`,
    );
    const key = itemsOf(play).find(({ text }) => text === 'sneaky')?.key;
    expect(digest?.observation['digest.items']).toEqual([`${feature}/${key}`]);
    expect(findings(play.batch([at(40, 'sneaky')]))).toEqual([]);
    expect(asked(play, 60)).toEqual([digest]);
    expect(reviewOf(play)).toEqual({ sneaky: [late] });
  });

  it('a profile says it as a comment at the item, which is part of it', () => {
    const [view] = describeBaselines(playing(all).state).filter((one) => one.feature === feature);
    if (view === undefined) throw new Error('nothing was learned');
    expect(profileText([view])).toMatch(new RegExp(`# once, .*; please review: ${late}\\n +- text: "sneaky"`));
  });

  it('the same is asked, whatever the batches and restarts', () => {
    const play = createPlay({ baselines });
    for (const one of inTime(all)) {
      play.batch([one]);
      play.restart();
    }
    const whole = playing(all);
    expect(valuesOf(play)).toEqual(valuesOf(whole));
    expect(asked(play, 34)).toEqual(asked(whole, 34));
  });

  it('nothing is asked before, nor of what came in time', () => {
    expect(reviewOf(playing([...usually(0, 22), at(20.5, 'sneaky')]))).toEqual({});
    const play = playing([...usually(0, 32), at(10.5, 'early')]);
    expect([reviewOf(play), asked(play, 40)]).toEqual([{}, []]);
  });

  it('an approval or a removal ends it', () => {
    const [key] = itemsOf(playing(all)).flatMap((item) => (item.review === undefined ? [] : [item.key]));
    if (key === undefined) throw new Error('nothing is to be reviewed');
    const approved = playing(all);
    approved.batch([decided({ type: 'approve', workload: nginx, feature, key }, monday + 33 * hour)]);
    expect(reviewOf(approved)).toEqual({});
    const gone = playing(all);
    gone.batch([decided({ type: 'forget', workload: nginx, feature, key }, monday + 33 * hour)]);
    expect(reviewOf(gone)).toEqual({});
    const [finding] = findings(gone.batch([at(40, 'sneaky')])).filter(({ digest }) => digest !== true);
    expect(finding?.observation['deviation.item']).toBe('sneaky');
  });

  it('what was seen at hours only at which hardly anything else was is listed, however often', () => {
    const nights = [3, 27, 51].map((hours) => at(hours, 'nightly'));
    const days = [8, 32, 56].flatMap((from) => usually(from, from + 13));
    const play = playing([...nights, ...days], createPlay({ baselines: { ...baselines, minimumHours: 48 } }));
    expect(reviewOf(play)).toEqual({ nightly: [night] });
    for (const [key, value] of play.state) if (key.includes('/item/')) expect(value).not.toContain('"hours"');
    const always = playing(
      [...nights, ...usually(0, 70)],
      createPlay({ baselines: { ...baselines, minimumHours: 48 } }),
    );
    expect(reviewOf(always)).toEqual({});
  });

  it('what one of two replicas alone showed is listed, unless that may be chance', () => {
    const both = [...usually(0, 32, 'c1', 0.5), ...usually(0, 32, 'c2', 0.5)];
    const mine = [2, 6, 10, 14].map((hours) => at(hours, 'mine', 'c2'));
    expect(reviewOf(playing([...both, ...mine]))).toEqual({ mine: [alone] });
    expect(reviewOf(playing([...both, ...mine.slice(1)]))).toEqual({});
    expect(reviewOf(playing([...both, ...mine, at(12, 'mine')]))).toEqual({});
    expect(reviewOf(playing([...usually(0, 32, 'c2', 0.5), ...mine]))).toEqual({});
  });

  it('of many things the sixteen latest are marked, and the digest stays short', () => {
    const odd = Array.from({ length: 30 }, (_, index) => at(90 + index / 100, `odd-${index}-${'x'.repeat(300)}`));
    const slowly = { ...baselines, minimumHours: 100, newProbability: 0.9 };
    const play = playing([...usually(0, 110), ...odd], createPlay({ baselines: slowly }));
    const marked = Object.keys(reviewOf(play)).map((text) => Number(text.split('-')[1]));
    expect(marked.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => 14 + index));
    const [digest, ...more] = asked(play, 130);
    expect(more).toEqual([]);
    expect(digest?.summary).toMatch(/; 12 more, see moorwatch baselines show$/);
    expect(digest?.summary.length).toBeLessThan(1_025);
  });

  it('several features are one digest of the workload', () => {
    const known = { ip: '192.0.2.1', port: 443 };
    const calls = Array.from({ length: 16 }, (_, turn) => monday + turn * 2 * hour).flatMap((time) =>
      [1, 2, 3, 4, 5].map((port) => egress('c1', time + port, { ...known, port }, later)),
    );
    const odd = egress('c1', monday + 21 * hour, { ...known, port: 4444 }, later);
    const [digest, ...more] = asked(playing([...all, ...calls, odd]), 50);
    expect(more).toEqual([]);
    expect(digest?.summary).toContain(`sneaky (${feature}`);
    expect(digest?.summary).toContain('192.0.2.1 port 4444/tcp (egress-destinations');
  });

  it('nothing is asked where learning takes no time', () => {
    const play = playing(usually(0, 32), createPlay());
    expect([reviewOf(play), asked(play, 50)]).toEqual([{}, []]);
  });
});
