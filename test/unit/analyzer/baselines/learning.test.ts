import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { egress, exec, lifecycle, snapshot } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines, told } from '../../../support/analyzer/play.ts';

const hour = 3_600_000;
const known = { ip: '192.0.2.1', port: 443 };
const fresh = { ip: '203.0.113.9', port: 4444 };

/** A play whose workload has learned one destination, in the steady phase. */
function learned(play: Play = createPlay()): Play {
  for (let at = 1; at <= 6; at += 1) play.batch([egress('c1', at, known, { age: 100 })]);
  return play;
}

describe('an egress to a new address', () => {
  it('raises NET-14 once when the workload has learned, also after a restart', () => {
    const play = learned();
    const [finding] = findings(play.batch([egress('c1', 100, fresh, { age: 200 })]));
    expect(finding).toMatchObject({
      kind: 'deviation',
      nature: 'event',
      severity: 'low',
      rule: { catalogue: ['NET-14'], techniques: ['T1071'] },
      observation: { 'destination.ip': '203.0.113.9', 'destination.port': 4444 },
      coverage: { tier: 'procfs' },
    });
    expect(finding?.summary).toBe(
      'docker.io/library/nginx connected to 203.0.113.9 port 4444/tcp, where it never did before',
    );
    expect(told(play.batch([egress('c1', 101, fresh, { age: 201 })]))).toEqual([]);
    play.restart();
    expect(told(play.batch([egress('c1', 102, fresh, { age: 202 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 103, known, { age: 203 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 104, { ...fresh, port: 5 }, { age: 204 })]))).toEqual(['NET-14']);
  });

  it('is not learned by being told: not even by a start-up that is still learning', () => {
    const play = learned();
    play.batch([egress('c1', 100, fresh, { age: 200 })]);
    for (let at = 200; at <= 230; at += 1) play.batch([egress('c1', at, fresh, { age: 5 })]);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
    expect(view?.items).toMatchObject([{ as: 'novel', count: 32 }, { as: 'learned' }]);
    expect(view?.phases.startup.sightings).toBe(0);
  });

  it('is told of the whole workload: another container of it does not raise it again', () => {
    const play = learned();
    expect(told(play.batch([egress('c1', 100, fresh, { age: 200 })]))).toEqual(['NET-14']);
    expect(told(play.batch([egress('c2', 101, fresh, { age: 200, name: 'web2' })]))).toEqual([]);
  });

  it('is judged against what another version of the image taught', () => {
    const play = learned();
    expect(told(play.batch([egress('c2', 100, known, { age: 200, image: 'sha256:2' })]))).toEqual([]);
    expect(told(play.batch([egress('c2', 101, fresh, { age: 200, image: 'sha256:2' })]))).toEqual(['NET-14']);
  });

  it('to a neighbour is known by the workload that the neighbour belongs to', () => {
    const play = createPlay();
    const db = { repository: 'docker.io/library/postgres', name: 'db' };
    play.batch(snapshot('db1', 1, db));
    for (let at = 2; at <= 8; at += 1) {
      play.batch([egress('c1', at, { ip: '172.18.0.3', port: 5432, container_id: 'db1' }, { age: 100 })]);
    }
    play.batch([lifecycle('db1', 9, 'destroy'), ...snapshot('db2', 10, db)]);
    expect(
      told(play.batch([egress('c1', 11, { ip: '172.18.0.4', port: 5432, container_id: 'db2' }, { age: 100 })])),
    ).toEqual([]);
    expect(told(play.batch([egress('c1', 12, { ip: '172.18.0.4', port: 5432 }, { age: 100 })]))).toEqual(['NET-14']);
  });
});

describe('learning', () => {
  it('does not end by a burst: sightings close together are one', () => {
    const play = createPlay({ baselines: { ...quickBaselines, minimumHours: 2 } });
    play.batch([egress('c1', 1, known, { age: 100 })]);
    for (let at = 1; at <= 500; at += 1) play.batch([egress('c1', 2 * hour + at, known, { age: 100 })]);
    const steady = () =>
      describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations')?.phases.steady;
    expect(steady()).toMatchObject({ state: 'learning', sightings: 2 });
    expect(steady()?.missing.join()).toContain('2 of at least 5 sightings');
  });

  it('does not end before the least time', () => {
    const play = createPlay({ baselines: { ...quickBaselines, minimumHours: 2 } });
    for (let at = 1; at <= 50; at += 1) play.batch([egress('c1', at, known, { age: 100 })]);
    expect(told(play.batch([egress('c1', 100, fresh, { age: 100 })]))).toEqual([]);
    for (let at = 1; at <= 20; at += 1) play.batch([egress('c1', 2 * hour + (at * hour) / 2, known, { age: 100 })]);
    expect(told(play.batch([egress('c1', 13 * hour, { ...fresh, port: 1 }, { age: 100 })]))).toContain('NET-14');
  });

  it('does not end while much is new', () => {
    const play = createPlay({ baselines: { ...quickBaselines, newProbability: 0.2 } });
    for (let port = 1; port <= 200; port += 1) play.batch([egress('c1', port, { ...known, port }, { age: 100 })]);
    expect(told(play.batch([egress('c1', 1_000, fresh, { age: 100 })]))).toEqual([]);
  });

  it('is kept apart for start-up and later, and an unseen start-up holds nothing up', () => {
    const play = learned();
    // Steady is learned; the first start is seen now, so what it does is learned and not told.
    expect(told(play.batch([egress('c1', 100, { ...known, port: 80 }, { age: 5 })]))).toEqual([]);
    // What was only ever seen at the start is new later.
    expect(told(play.batch([egress('c1', 101, { ...known, port: 80 }, { age: 500 })]))).toEqual(['NET-14']);
  });

  it('accepts at the start what is normal at any time', () => {
    const play = learned();
    for (let at = 10; at <= 30; at += 1) play.batch([egress('c1', at, { ...known, port: 80 }, { age: 5 })]);
    expect(told(play.batch([egress('c1', 100, known, { age: 5 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 101, fresh, { age: 5 })]))).toEqual(['NET-14']);
  });

  it('tells the first exec of a command, health checks left out', () => {
    const play = createPlay();
    for (let at = 1; at <= 6; at += 1) play.batch([exec('c1', at, ['pg_dump', `--jobs=${at + 1}`], { age: 100 })]);
    expect(told(play.batch([exec('c1', 10, ['sh'], { age: 100 })]))).toEqual(['EXE-04']);
    expect(told(play.batch([exec('c1', 11, ['probe'], { age: 100, healthcheck: true })]))).toEqual([]);
  });

  it('can be switched off', () => {
    const play = learned(createPlay({ baselines: { ...quickBaselines, enabled: false } }));
    expect(told(play.batch([egress('c1', 100, fresh, { age: 200 }), { tick: 10 * hour }]))).toEqual([]);
    expect([...play.state.keys()].filter((key) => key.includes('/memory/'))).toEqual([]);
  });
});

describe('novelty while learning', () => {
  it('is one quiet digest an hour for each workload', () => {
    const play = createPlay({ baselines: { ...quickBaselines, minimumHours: 24 } });
    for (let port = 1; port <= 8; port += 1) play.batch([egress('c1', 1_000 + port, { ...known, port }, { age: 100 })]);
    expect(play.commits.at(-1)?.nextWake).toBe(1_001 + hour);
    play.restart();
    const [digest, ...more] = findings(play.batch([{ tick: 1_001 + hour }]));
    expect(more).toEqual([]);
    expect(digest).toMatchObject({
      digest: true,
      severity: 'informational',
      at: 1_008,
      rule: { catalogue: [] },
      observation: { 'digest.features': ['egress-destinations'] },
    });
    expect(digest?.summary).toBe(
      'docker.io/library/nginx: 8 destinations connected to for the first time (still learning): 192.0.2.1 port 1/tcp; ' +
        '192.0.2.1 port 2/tcp; 192.0.2.1 port 3/tcp; 192.0.2.1 port 4/tcp; 192.0.2.1 port 5/tcp; 3 more',
    );
    expect(told(play.batch([{ tick: 9 * hour }]))).toEqual([]);
  });
});

describe('a memory without room', () => {
  it('judges what it knows and puts the rest into the digest', () => {
    const play = createPlay({ baselines: { ...quickBaselines, minimumHours: 24 } });
    const many = Array.from({ length: 2_100 }, (_, index) =>
      egress('c1', 1_000, { ...known, port: 1 + index }, { age: 100 }),
    );
    play.batch(many);
    const items = [...play.state.keys()].filter((key) => key.includes('/item/'));
    expect(items).toHaveLength(2_000);
    const [digest] = findings(play.batch([{ tick: 1_000 + hour }]));
    expect(digest?.summary).toContain('2100 destinations');
    expect(digest?.summary).toContain('too many different ones to remember');
  });
});

describe('learning by quiet', () => {
  const slow = { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 };
  const news = (commits: Parameters<typeof told>[0]) => told(commits).filter((row) => row !== ' digest');
  const stateOf = (play: Play) =>
    describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations')?.phases.steady.state;

  it('ends for what is seldom seen when the latter half of a long time brought nothing new', () => {
    const play = createPlay({ baselines: slow });
    play.batch([egress('c1', 1, known, { age: 100 })]);
    expect(news(play.batch([egress('c1', 80 * hour, fresh, { age: 200 })]))).toEqual(['NET-14']);
    expect(stateOf(play)).toBe('steady');
    expect(news(play.batch([egress('c1', 81 * hour, fresh, { age: 200 })]))).toEqual([]);
  });

  it('goes on while so much was new lately that the next may be', () => {
    const play = createPlay({ baselines: slow });
    for (let at = 1; at <= 8; at += 1) play.batch([egress('c1', at * 10 * hour, { ...known, port: at }, { age: 100 })]);
    expect(news(play.batch([egress('c1', 90 * hour, fresh, { age: 200 })]))).toEqual([]);
    expect(stateOf(play)).toBe('learning');
  });

  it('counts the time in which a workload that is known showed nothing of it at all', () => {
    const play = createPlay({ baselines: slow });
    play.batch([egress('other', 1, known, { age: 100, name: 'other', repository: 'docker.io/library/redis' })]);
    play.batch([exec('c1', 2, ['true'])]);
    expect(news(play.batch([egress('c1', 80 * hour, fresh, { age: 200 })]))).toEqual(['NET-14']);
  });

  it('does not count time in which nobody may have looked: before the first such sighting on the host', () => {
    const play = createPlay({ baselines: slow });
    play.batch([exec('c1', 2, ['true'])]);
    expect(news(play.batch([egress('c1', 80 * hour, fresh, { age: 200 })]))).toEqual([]);
    expect(stateOf(play)).toBe('learning');
  });
});

describe('a memory that is full when learning has ended', () => {
  it('tells what it cannot remember once an hour, and the rest in the digest', () => {
    const play = createPlay({ baselines: { ...quickBaselines, newProbability: 0.9 } });
    for (let round = 0; round < 3; round += 1) {
      const all = Array.from({ length: 2_000 }, (_, port) =>
        egress('c1', round * 10 + 1, { ...known, port }, { age: 100 }),
      );
      play.batch(all);
    }
    const said = (at: number, port: number) =>
      told(play.batch([egress('c1', at, { ...fresh, port }, { age: 100 })])).filter((row) => row !== ' digest');
    expect(said(100, 1)).toEqual(['NET-14']);
    expect(said(101, 2)).toEqual([]);
    play.restart();
    expect(said(102, 3)).toEqual([]);
    expect(said(hour + 101, 4)).toEqual(['NET-14']);
  });
});

describe('what was told within the week and nobody approved', () => {
  it('makes the next novelty no more usual, as one intrusion may last days', () => {
    const play = createPlay({ baselines: { ...quickBaselines, mediumPerWeek: 1 } });
    const week = 7 * 24 * hour;
    for (let at = 0; at < 40; at += 1) play.batch([egress('c1', (at * 3 * week) / 40 + 1, known, { age: 100 })]);
    const severities = [1, 2, 30, 60, 130].flatMap((hours) =>
      findings(play.batch([egress('c1', 3 * week + hours * hour, { ...fresh, port: hours }, { age: 100 })])).map(
        ({ severity }) => severity,
      ),
    );
    expect(severities).toEqual(Array(5).fill('medium'));
  });
});
