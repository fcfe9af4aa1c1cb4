import { describe, expect, it } from 'vitest';
import { egress, exec } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../support/analyzer/play.ts';
import { listening, processSeen } from '../../../support/analyzer/procfs-observations.ts';

const hour = 3_600_000;
const slow = { baselines: { ...quickBaselines, minimumHours: 24 } };
const known = { ip: '192.0.2.1', port: 443 };
const digestKeys = (state: ReadonlyMap<string, string>) => [...state.keys()].filter((key) => key.includes('/digest/'));

describe('the digest of a workload', () => {
  it('is one for all that is new of it within an hour, whatever that is of', () => {
    const play = createPlay(slow);
    for (let port = 1; port <= 4; port += 1) play.batch([egress('c1', port, { ...known, port }, { age: 100 })]);
    play.batch([exec('c1', 5, ['psql'], { age: 100 }), exec('c2', 6, ['vacuumdb'], { age: 100, name: 'web2' })]);
    play.batch([processSeen('c1', 7, { executable: '/bin/x', user: { id: 5 } }, { age: 100 })]);
    play.restart();
    expect(digestKeys(play.state)).toHaveLength(1);
    const [digest, ...more] = findings(play.batch([{ tick: 1 + hour }]));
    expect(more).toEqual([]);
    expect(digest).toMatchObject({ digest: true, severity: 'informational', at: 7, detectedAt: 1 + hour });
    expect(digest?.summary.split('. ')).toEqual([
      'docker.io/library/nginx: 4 destinations connected to for the first time (still learning): 192.0.2.1 port 1/tcp; 192.0.2.1 port 2/tcp; 2 more',
      '2 commands run by exec for the first time (still learning): psql; vacuumdb',
      '1 program run for the first time (still learning): /bin/x (not root, unknown capabilities), started by an unknown program',
      '1 user or capability seen for the first time (still learning): as user 5',
    ]);
    expect(digestKeys(play.state)).toEqual([]);
    expect(findings(play.batch([{ tick: 9 * hour }]))).toEqual([]);
  });

  it('is another for another workload, and for the next hour', () => {
    const play = createPlay(slow);
    const other = { age: 100, name: 'db', repository: 'docker.io/library/postgres' };
    play.batch([egress('c1', 1, known, { age: 100 }), egress('c2', 2, known, other)]);
    expect(findings(play.batch([{ tick: 2 + hour }]))).toHaveLength(2);
    play.batch([exec('c1', 3 + hour, ['psql'], { age: 100 })]);
    const [next, ...more] = findings(play.batch([{ tick: 4 + 2 * hour }]));
    expect(more).toEqual([]);
    expect(next?.summary).toContain('psql');
    expect(next?.summary).not.toContain('192.0.2.1');
  });

  it('says of each feature for itself that it has no room', () => {
    const play = createPlay(slow);
    play.batch([listening('c1', 1, { ip: '0.0.0.0', port: 80 }, { age: 100 })]);
    play.batch(Array.from({ length: 2_001 }, (_, port) => egress('c1', 2, { ...known, port }, { age: 100 })));
    const [digest] = findings(play.batch([{ tick: 1 + hour }]));
    expect(digest?.summary).toContain('1 port listened on for the first time (still learning)');
    expect(digest?.summary).toContain('2001 destinations connected to for the first time (too many different ones');
  });

  it('stays short, whatever was written', () => {
    const play = createPlay(slow);
    const long = 'x'.repeat(5_000);
    for (let at = 1; at <= 9; at += 1) play.batch([exec('c1', at, [`${long}${at}`], { age: 100, name: long })]);
    for (const key of digestKeys(play.state)) expect(play.state.get(key)?.length).toBeLessThan(8_000);
    expect(findings(play.batch([{ tick: 1 + hour }]))[0]?.summary.length).toBeLessThan(1_100);
  });

  it('that a feature had for itself, in the state of an earlier version, is told as it is', () => {
    const play = createPlay(slow);
    play.batch([egress('c1', 1, known, { age: 100 })]);
    const [key = ''] = digestKeys(play.state);
    const memory = [...play.state.keys()].find((one) => one.endsWith('/egress-destinations')) ?? '';
    const read = (of: string): Record<string, unknown> =>
      JSON.parse(play.state.get(of) ?? '') as Record<string, unknown>;
    const digest = { wakeAt: 10, count: 7, samples: ['a', 'b'], lastAt: 5, finding: read(key).finding };
    const state = new Map(play.state).set(memory, JSON.stringify({ ...read(memory), digest }));
    state.delete(key);
    const later = createPlay({ ...slow, state });
    const [told, ...more] = findings(later.batch([{ tick: 10 }]));
    expect(more).toEqual([]);
    expect(told).toMatchObject({ digest: true, at: 5 });
    expect(told?.summary).toBe(
      'docker.io/library/nginx: 7 destinations connected to for the first time (still learning): a; b; 5 more',
    );
    expect(findings(later.batch([{ tick: hour }]))).toEqual([]);
  });
});
