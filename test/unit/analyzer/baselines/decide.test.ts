import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { decisionHeader, type Order, type ProfileItem } from '../../../../shared/decision.ts';
import { hostWorkload } from '../../../../shared/workload.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { egress, exec, host } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines, told } from '../../../support/analyzer/play.ts';

const hour = 3_600_000;
const feature = 'egress-destinations';
const known = { ip: '192.0.2.1', port: 443 };
const fresh = { ip: '203.0.113.9', port: 4444 };
const freshText = '203.0.113.9 port 4444/tcp';
const steady = { age: 200 };

const slow = { ...quickBaselines, minimumHours: 24 };

/** A play whose workload has learned one destination, in the steady phase. */
function learned(play: Play = createPlay()): Play {
  for (let at = 1; at <= 6; at += 1) play.batch([egress('c1', at, known, steady)]);
  return play;
}

const view = (play: Play) => describeBaselines(play.state).find((one) => one.feature === feature);
const itemOf = (play: Play, text: string) => view(play)?.items.find((item) => item.text === text);
const keyOf = (play: Play, text: string): string => itemOf(play, text)?.key ?? 'absent';
const order = <Type extends Order['type']>(type: Type, more: object = {}): Order =>
  ({ type, workload: nginx, feature, ...more }) as Order;

describe('approving', () => {
  it('makes what was told normal for good, in every phase, also after a restart', () => {
    const play = learned();
    expect(told(play.batch([egress('c1', 100, fresh, steady)]))).toEqual(['NET-14']);
    const [answer] = play.batch([decided(order('approve', { key: keyOf(play, freshText) }), 101)]);
    expect(answer).toMatchObject({
      type: 'answer',
      at: 101,
      host: { id: 'HOST' },
      result: 'applied',
      text: `${freshText}: normal for docker.io/library/nginx from now on (${feature})`,
      made: { at: 101, actor: { name: 'sam' }, reason: 'because', order: { type: 'approve', feature } },
    });
    expect(itemOf(play, freshText)).toMatchObject({
      as: 'learned',
      known: ['startup', 'steady'],
      approved: { by: 'sam', at: 101, reason: 'because' },
    });
    play.restart();
    expect(told(play.batch([egress('c1', 102, fresh, steady), egress('c2', 103, fresh, { age: 5 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 104, { ...fresh, port: 1 }, steady)]))).toEqual(['NET-14']);
  });

  it('counts as learned what was held, and no trouble takes it back', () => {
    const play = createPlay({ baselines: slow });
    play.batch([exec('c1', 1_000, ['sh'], { privileged: true, age: 100 }), egress('c1', 1_001, fresh, steady)]);
    expect(itemOf(play, freshText)?.as).toBe('held');
    expect(view(play)?.phases.steady.sightings).toBe(0);
    play.batch([decided(order('approve', { key: keyOf(play, freshText) }), 1_002)]);
    expect(itemOf(play, freshText)?.as).toBe('learned');
    expect(view(play)?.phases.steady.sightings).toBe(1);
    play.batch([exec('c1', 1_003, ['sh'], { privileged: true, age: 100 }), egress('c1', 1_004, fresh, { age: 5 })]);
    expect(itemOf(play, freshText)).toMatchObject({ as: 'learned', count: 2 });
    play.batch([{ tick: hour }]);
    expect(view(play)?.phases.steady.sightings).toBe(1);
    expect(view(play)?.phases.startup.sightings).toBe(1);
  });

  it('is applied once, and refused where what it names is not known', () => {
    const play = learned();
    const approval = decided(order('approve', { key: keyOf(play, '192.0.2.1 port 443/tcp') }), 10);
    expect(play.batch([approval, approval])).toHaveLength(1);
    play.restart();
    expect(play.batch([approval])).toEqual([]);
    const wrong = [
      order('approve', { key: '0123456789abcdef' }),
      order('approve', { key: 'k', feature: 'exec-commands' }),
      order('forget', { key: 'k', workload: 'another' }),
      order('reset', { workload: 'another' }),
      { type: 'mode', workload: 'another', mode: 'enforce' } as const,
      order('import', { feature: 'dreams', workloadName: 'w', mode: 'learn', items: [] }),
    ];
    const before = new Map(play.state);
    expect(told(play.batch(wrong.map((one, index) => decided(one, 20 + index))))).toEqual([
      'refused: docker.io/library/nginx is not known to have shown 0123456789abcdef in egress-destinations',
      `refused: the workload ${nginx} has no baseline of exec-commands on anchor`,
      'refused: the workload another has no baseline of egress-destinations on anchor',
      'refused: the workload another has no baseline of egress-destinations on anchor',
      'refused: the workload another has no baseline on anchor',
      expect.stringMatching(/^refused: there is no feature dreams; there are exec-commands, /),
    ]);
    const baselines = (state: ReadonlyMap<string, string>) =>
      [...state].filter(([key]) => /\/(memory|item)\//.test(key));
    expect(baselines(play.state)).toEqual(baselines(before));
  });

  it('concerns the workload of that host alone', () => {
    const play = learned();
    const elsewhere = { host: { id: 'OTHER', name: 'other' } };
    const key = keyOf(play, '192.0.2.1 port 443/tcp');
    expect(told(play.batch([decided(order('approve', { key }), 10, elsewhere)]))).toEqual([
      `refused: the workload ${nginx} has no baseline of egress-destinations on other`,
    ]);
  });

  it('is refused while baselines are switched off', () => {
    const play = createPlay({ baselines: { ...quickBaselines, enabled: false } });
    expect(told(play.batch([decided(order('approve', { key: 'k' }), 10)]))).toEqual([
      'refused: baselines are switched off (baselines.enabled)',
    ]);
  });
});

describe('what somebody approved', () => {
  it('stands for itself: it does not fold with others like it', () => {
    const play = createPlay({ baselines: slow });
    const run = (name: string, at: number) => exec('c1', at, ['pg_dump', '-t', name, 'shop'], { age: 100 });
    const names = 'abcdefghijk'.split('').map((letter) => `table_${letter}`);
    play.batch(names.map((name, index) => run(name, 1_000 + index)));
    const commands = () => describeBaselines(play.state).find((one) => one.feature === 'exec-commands')?.items ?? [];
    const key = commands().find(({ text }) => text === 'pg_dump -t table_c shop')?.key ?? 'absent';
    play.batch([decided(order('approve', { feature: 'exec-commands', key }), 2_000), run('table_c', 2_001)]);
    play.batch([{ tick: hour }]);
    expect(commands()).toMatchObject([
      { members: 10 },
      { text: 'pg_dump -t table_c shop', count: 2, approved: { by: 'sam' } },
    ]);
  });
});

describe('forgetting', () => {
  it('makes the next sighting new again, whether it was learned, told or approved', () => {
    const play = learned();
    const text = '192.0.2.1 port 443/tcp';
    const forget = (at: number, of: string) => play.batch([decided(order('forget', { key: keyOf(play, of) }), at)]);
    expect(told(forget(10, text))).toEqual([
      `applied: ${text}: forgotten for docker.io/library/nginx (${feature}); the next sighting is told as new`,
    ]);
    expect(itemOf(play, text)).toBeUndefined();
    expect(told(play.batch([egress('c1', 11, known, steady)]))).toEqual(['NET-14']);
    expect(told(play.batch([egress('c1', 12, known, steady)]))).toEqual([]);
    forget(13, text);
    expect(told(play.batch([egress('c1', 14, known, steady)]))).toEqual(['NET-14']);
    play.batch([decided(order('approve', { key: keyOf(play, text) }), 15)]);
    forget(16, text);
    play.restart();
    expect(told(play.batch([egress('c1', 17, known, steady)]))).toEqual(['NET-14']);
  });

  it('says so where a fold stands for it too, and the next sighting fits', () => {
    const play = createPlay({ baselines: { ...slow, minimumHours: 1 } });
    const dump = (table: string, at: number) => exec('c1', at, ['pg_dump', '-t', table, 'shop'], steady);
    const item = (text: string) =>
      describeBaselines(play.state)
        .find((one) => one.feature === 'exec-commands')
        ?.items.find((one) => one.text === text)?.key ?? 'absent';
    const decide = (type: 'approve' | 'forget', text: string, at: number) =>
      told(play.batch([decided(order(type, { feature: 'exec-commands', key: item(text) }), at)]));
    play.batch([dump('orders', 1)]);
    decide('approve', 'pg_dump -t orders shop', 2);
    play.batch('abcdefghi'.split('').map((letter, nth) => dump(`of_${letter}`, 10 + nth)));
    play.batch([{ tick: hour }]);
    for (let at = 2 * hour; at < 4 * hour; at += hour / 4) play.batch([dump('of_a', at)]);
    expect(decide('forget', 'pg_dump -t orders shop', 5 * hour)[0]).toContain(
      'pg_dump -t <*> shop stands for it too, so the next sighting fits until that is forgotten',
    );
    expect(told(play.batch([dump('orders', 6 * hour)]))).toEqual([]);
    expect(decide('forget', 'pg_dump -t <*> shop', 7 * hour)[0]).toContain('the next sighting is told as new');
    expect(told(play.batch([dump('orders', 8 * hour)]))).toEqual(['EXE-04']);
  });

  it('takes out of what is being learned what it counted, and says that it will be learned again', () => {
    const play = createPlay({ baselines: slow });
    play.batch([egress('c1', 1, known, steady), egress('c1', 2, fresh, steady), egress('c1', 3, fresh, steady)]);
    expect(view(play)?.phases.steady.sightings).toBe(2);
    expect(told(play.batch([decided(order('forget', { key: keyOf(play, freshText) }), 4)]))[0]).toContain(
      'it is still learning',
    );
    expect(view(play)?.phases.steady.sightings).toBe(1);
    play.batch([egress('c1', 5, fresh, steady)]);
    expect(itemOf(play, freshText)).toMatchObject({ as: 'learned', count: 1 });
  });
});

describe('resetting', () => {
  it('lets learning begin anew, of one feature or of all', () => {
    const play = learned();
    play.batch([exec('c1', 7, ['ls'], { age: 100 }), decided(order('mode', { mode: 'enforce' }), 7)]);
    expect(told(play.batch([decided(order('reset'), 8)]))).toEqual([
      `applied: docker.io/library/nginx: ${feature}: learning begins anew, 1 item forgotten`,
    ]);
    expect(view(play)).toMatchObject({ state: 'learning', mode: 'learn', items: [] });
    const others = describeBaselines(play.state).filter((one) => one.feature !== feature);
    expect(others.some(({ items }) => items.length > 0)).toBe(true);
    expect(told(play.batch([egress('c1', 9, fresh, steady)]))).toEqual([]);
    play.batch([decided({ type: 'reset', workload: nginx }, 10)]);
    expect(describeBaselines(play.state).flatMap(({ items }) => items)).toEqual([]);
  });

  it('leaves what was seen and not yet told to its digest', () => {
    const play = createPlay({ baselines: slow });
    play.batch([egress('c1', 1_000, known, steady), decided(order('reset'), 1_001)]);
    expect(findings(play.batch([{ tick: 1_000 + hour }]))).toMatchObject([{ digest: true }]);
  });
});

describe('enforcing', () => {
  it('makes what is not known high and learns nothing, even where learning had not ended', () => {
    const play = createPlay({ baselines: slow });
    play.batch([egress('c1', 1, known, steady)]);
    expect(told(play.batch([decided(order('mode', { mode: 'enforce' }), 2)]))).toEqual([
      `applied: docker.io/library/nginx: ${feature}: enforced: nothing is learned, what is not known is high`,
    ]);
    expect(view(play)).toMatchObject({ mode: 'enforce', state: 'learning' });
    const [found] = play.batch([egress('c1', 3, fresh, steady)]);
    expect(found).toMatchObject({ finding: { severity: 'high', rule: { catalogue: ['NET-14'] } } });
    expect(told(play.batch([egress('c1', 4, known, steady), egress('c1', 5, fresh, steady)]))).toEqual([]);
    play.restart();
    for (let at = 10; at < 30; at += 1) play.batch([egress('c1', at, fresh, { age: 5 })]);
    expect(itemOf(play, freshText)).toMatchObject({ as: 'novel', known: [] });
    expect(view(play)?.phases.steady.sightings).toBe(1);
  });

  it('covers what the workload never showed, of one feature or of all', () => {
    const play = learned();
    play.batch([decided({ type: 'mode', workload: nginx, mode: 'enforce' }, 100)]);
    expect(findings(play.batch([exec('c1', 101, ['sh'], { age: 100 })]))).toMatchObject([
      { severity: 'high', rule: { catalogue: ['EXE-04'] } },
    ]);
    const other = learned();
    other.batch([decided(order('mode', { feature: 'exec-commands', mode: 'enforce' }), 100)]);
    expect(told(other.batch([exec('c1', 101, ['sh'], { age: 100 })]))).toEqual(['EXE-04']);
    expect(told(other.batch([decided(order('mode', { feature: 'dreams', mode: 'enforce' }), 102)]))).toEqual([
      `refused: the workload ${nginx} has no baseline of dreams on anchor`,
    ]);
  });

  it('covers what was measured of it, and says which numbers have no range to enforce yet', () => {
    const play = learned();
    play.batch([exec('c1', 100, ['ls'], { age: 100 })]);
    const [answer] = play.batch([decided({ type: 'mode', workload: nginx, mode: 'enforce' }, 101)]);
    if (answer?.type !== 'answer') throw new Error('no answer');
    const doneTo = (feature: string) => answer.features?.find((one) => one.feature === feature)?.text;
    expect(doneTo('egress-destinations')).toContain('enforced: nothing is learned');
    expect(doneTo('connections')).toContain('has no range to enforce yet: it goes on learning');
    expect(answer.text).toMatch(
      /^docker\.io\/library\/nginx: \d+ features: enforced: nothing is learned, what is not known is high; .*: has no range/,
    );
    const modes = describeBaselines(play.state).map((one) => one.mode);
    expect(modes.length).toBeGreaterThan(10);
    expect(new Set(modes)).toEqual(new Set(['enforce']));
    const [again] = play.batch([decided({ type: 'mode', workload: nginx, mode: 'learn' }, 102)]);
    expect(again).toMatchObject({
      features: expect.arrayContaining([{ feature: 'connections', text: 'learns by itself again' }]) as unknown,
    });
  });

  it('is nothing to go back from where it never was', () => {
    const play = learned();
    const before = new Map(play.state);
    expect(told(play.batch([decided(order('mode', { mode: 'learn' }), 100)]))[0]).toContain('by itself already');
    const memories = (state: ReadonlyMap<string, string>) => [...state].filter(([key]) => key.includes('/memory/'));
    expect(memories(play.state)).toEqual(memories(before));
  });

  it('tells once more what was told before, and then no more', () => {
    const play = learned();
    expect(told(play.batch([egress('c1', 100, fresh, steady)]))).toEqual(['NET-14']);
    play.batch([decided(order('mode', { mode: 'enforce' }), 101)]);
    expect(told(play.batch([egress('c1', 102, fresh, steady)]))).toEqual(['NET-14']);
    expect(told(play.batch([egress('c1', 103, fresh, steady)]))).toEqual([]);
    expect(told(play.batch([decided(order('mode', { mode: 'enforce' }), 104)]))[0]).toContain('enforced already');
    expect(told(play.batch([egress('c1', 105, fresh, steady)]))).toEqual([]);
  });

  it('leaves what was held unknown; back to learning, it is decided as if its time had come', () => {
    const play = createPlay({ baselines: slow });
    play.batch([exec('c1', 1_000, ['sh'], { privileged: true, age: 100 }), egress('c1', 1_001, fresh, steady)]);
    play.batch([decided(order('mode', { mode: 'enforce' }), 1_002), { tick: hour }]);
    expect(itemOf(play, freshText)?.as).toBe('held');
    play.batch([decided(order('mode', { mode: 'learn' }), hour + 1), { tick: hour + 2 }]);
    expect(itemOf(play, freshText)?.as).toBe('learned');
    expect(view(play)).toMatchObject({ mode: 'learn', phases: { steady: { sightings: 1 } } });
  });

  it('is left by an approval of what it told', () => {
    const play = learned();
    play.batch([decided(order('mode', { mode: 'enforce' }), 100), egress('c1', 101, fresh, steady)]);
    play.batch([decided(order('approve', { key: keyOf(play, freshText) }), 102)]);
    expect(told(play.batch([egress('c1', 103, fresh, steady), egress('c2', 104, fresh, { age: 5 })]))).toEqual([]);
    expect(view(play)?.mode).toBe('enforce');
  });
});

describe('importing', () => {
  const profile = (mode: 'learn' | 'enforce', items: readonly ProfileItem[]): Order =>
    order('import', { workloadName: 'docker.io/library/nginx', mode, items });
  const item = (key: string, phases: ProfileItem['phases'] = ['steady']): ProfileItem => ({ key, text: key, phases });

  it('makes the items of a profile what is known, also of a workload that was never seen here', () => {
    const taught = learned();
    taught.batch([egress('c1', 50, { ...known, port: 80 }, { age: 5 })]);
    const [steadyKey, startKey] = [keyOf(taught, '192.0.2.1 port 443/tcp'), keyOf(taught, '192.0.2.1 port 80/tcp')];
    const play = createPlay();
    const items = [item(steadyKey), item(startKey, ['startup'])];
    expect(told(play.batch([decided(profile('enforce', items), 10)]))).toEqual([
      `applied: docker.io/library/nginx (${feature}): 2 items of the profile are known; enforced`,
    ]);
    expect(view(play)).toMatchObject({
      host: { id: 'HOST' },
      mode: 'enforce',
      items: [
        { count: 0, first: 10, last: 10, as: 'learned', approved: { by: 'sam' } },
        { count: 0, as: 'learned' },
      ],
    });
    play.restart();
    expect(told(play.batch([egress('c1', 11, known, steady), egress('c1', 12, known, { age: 5 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 13, { ...known, port: 80 }, { age: 5 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 14, { ...known, port: 80 }, steady)]))).toEqual(['NET-14']);
  });

  it('is refused of what such a workload never shows: a host is not its containers', () => {
    const play = learned();
    const before = itemOf(play, '192.0.2.1 port 443/tcp');
    const own = hostWorkload(host).id;
    const of = (workload: string, workloadName: string, named: string): Order =>
      order('import', { workload, workloadName, feature: named, mode: 'learn', items: [item('0123456789abcdef')] });
    const ofHost = (workload: string) =>
      `refused: host-images is learned of a host itself (@host) alone, and ${workload} is a workload of containers`;
    const ofContainers = `refused: ${feature} is learned of containers, and @host is a host itself`;
    const tried = [
      [of(nginx, 'docker.io/library/nginx', 'host-images'), ofHost('docker.io/library/nginx')],
      [of('never seen', 'shop/web', 'host-images'), ofHost('shop/web')],
      // Whatever it is called, its id says what it is.
      [of('never seen', '@host', 'host-images'), ofHost('never seen')],
      [of(own, '@host', feature), ofContainers],
      [of(own, 'shop/web', feature), ofContainers],
      [
        of(own, 'shop/web', 'host-images'),
        'applied: @host (host-images): 1 item of the profile is known; what else it does is learned',
      ],
    ] as const;
    expect(told(play.batch(tried.map(([one], nth) => decided(one, 50 + nth))))).toEqual(
      tried.map(([, answer]) => answer),
    );
    expect(itemOf(play, '192.0.2.1 port 443/tcp')).toEqual(before);
    expect(
      describeBaselines(play.state)
        .filter(({ quantity }) => quantity === undefined)
        .map((one) => `${one.workload.name} ${one.feature}`)
        .sort(),
    ).toEqual(['@host host-images', `docker.io/library/nginx ${feature}`]);
  });

  it('takes the place of what was learned; what else comes is learned by itself', () => {
    const play = learned();
    play.batch([decided(profile('learn', [item('0123456789abcdef')]), 10)]);
    expect(view(play)?.items.map(({ key }) => key)).toEqual(['0123456789abcdef']);
    expect(told(play.batch([egress('c1', 11, known, steady)]))).toEqual([]);
    expect(itemOf(play, '192.0.2.1 port 443/tcp')?.as).toBe('learned');
  });
});

describe('what was decided', () => {
  it('is not forgotten by time, what was learned is', () => {
    const ninety = 91 * 24 * hour;
    const play = learned();
    play.batch([exec('c1', 7, ['ls'], { age: 100 })]);
    play.batch([decided(order('approve', { key: keyOf(play, '192.0.2.1 port 443/tcp') }), 8), { tick: ninety }]);
    play.batch([{ tick: ninety + 2 * hour }]);
    expect(describeBaselines(play.state).map((one) => one.feature)).toEqual([feature]);
    play.batch([decided(order('reset'), ninety + 3 * hour), { tick: 3 * ninety }]);
    expect(describeBaselines(play.state)).toEqual([]);
  });

  it('of another version, or that cannot be read, is rejected with its reason', () => {
    const play = createPlay();
    const version = (text: string, value: string) => ({ text: value, at: 1, headers: { [decisionHeader]: text } });
    play.batch([version('2', '{}'), version('1', '{"id":1}'), version('1', 'no')]);
    const reasons = play.outputs
      .filter(({ topic }) => topic === 'rejected')
      .map(({ topic, record }) => [topic, JSON.parse(record.value ?? '').reason as string]);
    expect(reasons).toEqual([
      ['rejected', 'decision of version "2"; only version 1 is obeyed here'],
      ['rejected', expect.stringMatching(/^not a decision: /)],
      ['rejected', expect.stringMatching(/^decision is not JSON/)],
    ]);
  });
});
