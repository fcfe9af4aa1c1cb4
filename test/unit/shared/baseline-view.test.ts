import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../shared/baseline-view.ts';
import { egress, exec, snapshot } from '../../support/analyzer/observations.ts';
import { createPlay, quickBaselines } from '../../support/analyzer/play.ts';
import { createContainer } from '../../support/analyzer/readings.ts';

const known = { ip: '192.0.2.1', port: 443 };

describe('what the analyzer keeps, as people see it', () => {
  it('says why a baseline is still learning and what would end that', () => {
    const play = createPlay({
      baselines: { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 },
    });
    for (let at = 0; at < 4; at += 1)
      play.batch([egress('c1', 3_600_000 * at, { ...known, port: 1 + (at % 3) }, { age: 100 })]);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
    expect(view).toMatchObject({
      host: { name: 'anchor' },
      workload: { name: 'docker.io/library/nginx' },
      feature: 'egress-destinations',
      state: 'learning',
      versions: [{ image: 'sha256:1' }],
    });
    expect(view?.phases.steady.missing).toEqual([
      '4 of at least 50 sightings',
      'watched for 3.0 of at least 24 hours',
      'the next one is new with up to 100 % (at most 5.0 % wanted): 2 of 4 sightings were of something seen only once',
    ]);
    expect(view?.phases.startup).toMatchObject({ state: 'unseen', sightings: 0 });
    expect(view?.items.map(({ text, count, first, last }) => [text, count, first, last])).toEqual([
      ['192.0.2.1 port 1/tcp', 2, 0, 10_800_000],
      ['192.0.2.1 port 2/tcp', 1, 3_600_000, 3_600_000],
      ['192.0.2.1 port 3/tcp', 1, 7_200_000, 7_200_000],
    ]);
  });

  it('is partial until a start was learned too, then steady', () => {
    const play = createPlay();
    for (let at = 1; at <= 6; at += 1) play.batch([egress('c1', at, known, { age: 100 })]);
    const egressView = () => describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
    expect(egressView()).toMatchObject({ state: 'partial', phases: { steady: { state: 'steady', missing: [] } } });
    expect(egressView()?.missing).toEqual([expect.stringMatching(/^no start of this workload/)]);
    for (let at = 11; at <= 16; at += 1) play.batch([egress('c1', at, known, { age: 1 })]);
    expect(egressView()).toMatchObject({ state: 'steady', phases: { startup: { state: 'steady' } } });
  });

  it('is steady without a start where nothing is learned apart right after one', () => {
    const play = createPlay({ baselines: { ...quickBaselines, startupSeconds: 0 } });
    for (let at = 1; at <= 6; at += 1) play.batch([egress('c1', at, known, { age: 1 })]);
    const egressView = (startsApart: boolean) =>
      describeBaselines(play.state, undefined, startsApart).find(({ feature }) => feature === 'egress-destinations');
    expect(egressView(false)).toMatchObject({ state: 'steady', missing: [] });
    expect(egressView(false)?.phases.startup.missing).toEqual(['starts are not told apart']);
    expect(egressView(true)).toMatchObject({ state: 'partial' });
  });

  it('is so of numbers, too', () => {
    const baselines = { ...quickBaselines, startupSeconds: 0, minimumObservations: 50, minimumHours: 24 };
    const play = createPlay({ baselines });
    const readings = createContainer('c1', { from: Date.UTC(2026, 5, 1), seed: 1 }).run(26 * 60, () => ({ pids: 12 }));
    for (let from = 0; from < readings.length; from += 60) play.batch(readings.slice(from, from + 60));
    const pids = (startsApart: boolean) =>
      describeBaselines(play.state, undefined, startsApart).find(({ feature }) => feature === 'pids');
    expect(pids(false)).toMatchObject({ state: 'steady', missing: [] });
    expect(pids(true)).toMatchObject({ state: 'partial', missing: ['no reading came right after a start'] });
  });

  it('is steady without a start where starts are not told apart', () => {
    const play = createPlay();
    for (let at = 1; at <= 6; at += 1) play.batch(snapshot('c1', at, { age: 100 }));
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'configuration');
    expect(view).toMatchObject({ state: 'steady', missing: [] });
    expect(view?.phases.startup.missing).toEqual(['starts are not told apart']);
  });

  it('tells what was held back and what was told', () => {
    const play = createPlay();
    play.batch([
      exec('c1', 1, ['sh'], { privileged: true, age: 100 }),
      egress('c1', 2, { ip: '203.0.113.9', port: 1 }, { age: 100 }),
    ]);
    for (let at = 3; at <= 9; at += 1) play.batch([egress('c2', at, known, { age: 100 })]);
    play.batch([egress('c2', 10, { ip: '203.0.113.10', port: 1 }, { age: 100 })]);
    const items = describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations')?.items;
    expect(items?.map(({ text, as }) => `${text} ${as}`)).toEqual([
      '192.0.2.1 port 443/tcp learned',
      '203.0.113.10 port 1/tcp novel',
      '203.0.113.9 port 1/tcp held',
    ]);
  });

  it('names a value that is none of ours and reads the rest', () => {
    const play = createPlay();
    play.batch([egress('c1', 1, known, { age: 100 })]);
    const state = new Map([...play.state, ['0/HOST/memory/x/y', '{"host":1}'], ['0/HOST/item/x/y/z', 'nonsense']]);
    const malformed: string[] = [];
    const views = describeBaselines(state, (key) => malformed.push(key));
    expect(views.map(({ feature }) => feature)).toContain('egress-destinations');
    expect(malformed.sort()).toEqual(['0/HOST/item/x/y/z', '0/HOST/memory/x/y']);
  });
});
