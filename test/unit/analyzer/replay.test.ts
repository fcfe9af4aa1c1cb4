import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { egressDestinations } from '../../../analyzer/baselines/features/egress-destinations.ts';
import { itemKey } from '../../../analyzer/baselines/memory.ts';
import type { Order } from '../../../shared/decision.ts';
import type { Observation } from '../../../shared/observation.ts';
import { decided, nginx } from '../../support/analyzer/decisions.ts';
import { egress, exec, heartbeat, lifecycle, snapshot } from '../../support/analyzer/observations.ts';
import { createPlay, type Moment } from '../../support/analyzer/play.ts';

/** One thing that may happen, at a time that is filled in later. */
type Happens = (at: number) => readonly Moment[];

const id = fc.constantFrom('c1', 'c2', 'c3', 'c4');
const look = fc.record({
  name: fc.constantFrom('web', 'web', 'other'),
  hash: fc.constantFrom('hash-1', 'hash-1', 'hash-2'),
  privileged: fc.boolean(),
  mounts: fc.constantFrom({}, { '/s': '/run/docker.sock' }, { '/s': '/run/docker.sock', '/host': '/' }),
  action: fc.constantFrom('create', 'update', 'resync'),
});
const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.7', '203.0.113.9');
/** Of the destination that `egress` below shows. */
const keyOf = (ip: string): string =>
  itemKey(egressDestinations.learns(egress('c1', 1, { ip, port: 443 }), {})[0]?.key ?? '');
const happens: fc.Arbitrary<Happens> = fc.oneof(
  fc.tuple(id, look).map(
    ([one, how]): Happens =>
      (at) =>
        snapshot(one, at, how),
  ),
  fc.tuple(id, fc.constantFrom('destroy', 'start', 'die')).map(
    ([one, action]): Happens =>
      (at) => [lifecycle(one, at, action)],
  ),
  fc.tuple(id, fc.constantFrom('sh', 'ls', 'cat 12'), fc.boolean(), fc.constantFrom(5, 100)).map(
    ([one, line, privileged, age]): Happens =>
      (at) => [exec(one, at, line.split(' '), { privileged, age })],
  ),
  fc.tuple(id, address).map(
    ([one, ip]): Happens =>
      (at) => [egress(one, at, { ip, port: 443 })],
  ),
  fc.nat(1_000).map(
    (sequence): Happens =>
      (at) => [heartbeat(sequence, at)],
  ),
  fc.constant<Happens>((at) => [{ tick: at }]),
  fc.constant<Happens>((at) => [{ text: 'not an observation', at }]),
);
const known = { workload: nginx, feature: egressDestinations.name };
const decision: fc.Arbitrary<Happens> = fc
  .oneof(
    fc
      .tuple(fc.constantFrom('approve', 'forget'), address)
      .map(([type, ip]): Order => ({ ...known, type: type === 'approve' ? type : 'forget', key: keyOf(ip) })),
    fc.constantFrom<Order>(
      { ...known, type: 'reset' },
      { type: 'reset', workload: nginx },
      { type: 'mode', workload: nginx, mode: 'enforce' },
      { ...known, type: 'mode', mode: 'learn' },
      { ...known, type: 'approve', workload: 'nobody', key: 'k' },
    ),
    fc.tuple(fc.array(address, { maxLength: 3 }), fc.constantFrom('learn' as const, 'enforce' as const)).map(
      ([ips, mode]): Order => ({
        ...known,
        type: 'import',
        workloadName: 'docker.io/library/nginx',
        mode,
        items: ips.map((ip, index) => ({ key: keyOf(ip), text: ip, phases: [index === 0 ? 'startup' : 'steady'] })),
      }),
    ),
  )
  .map(
    (order): Happens =>
      (at) => [decided(order, at)],
  );
/** Time between two happenings: moments, so that windows are open, or long enough for timers to fire. */
const pause = fc.oneof(fc.nat(5_000), fc.constantFrom(30_000, 60_000, 600_000, 3_600_000));

const story = fc
  .array(fc.tuple(fc.oneof(happens, happens, happens, decision), pause), { minLength: 5, maxLength: 60 })
  .map((scenes) => {
    let at = 1_000_000;
    return scenes.flatMap(([happen, wait]) => {
      at += wait;
      return happen(at);
    });
  });

const play = (batches: readonly (readonly Moment[])[], restartAfter: (batch: number) => boolean) => {
  const analyzer = createPlay();
  const records = batches.flatMap((batch, index) => {
    const made = analyzer.batch(batch);
    if (restartAfter(index)) analyzer.restart();
    return made;
  });
  return { records, state: new Map([...analyzer.state].map(([key, value]) => [key, JSON.parse(value)])) };
};

function cut(moments: readonly Moment[], sizes: readonly number[]): readonly (readonly Moment[])[] {
  const batches: (readonly Moment[])[] = [];
  for (let from = 0, turn = 0; from < moments.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(moments.slice(from, from + size));
    from += size;
  }
  return batches;
}

describe('the same records', () => {
  it('give the same findings and the same state, however they are cut into batches and whenever the analyzer restarts', () => {
    let findings = 0;
    const answers = new Set<string>();
    fc.assert(
      fc.property(
        story,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        (moments, sizes, restarts) => {
          const whole = play([moments], () => false);
          const cutUp = play(cut(moments, sizes), (batch) => restarts[batch % restarts.length] ?? false);
          expect(cutUp.records).toEqual(whole.records);
          expect(cutUp.state).toEqual(whole.state);
          findings += whole.records.length;
          for (const record of whole.records)
            if (record.type === 'answer') answers.add(`${record.made.order.type} ${record.result}`);
        },
      ),
      { numRuns: 150 },
    );
    // The stories are worth the comparison only if something comes of them.
    expect(findings).toBeGreaterThan(150);
    const orders = ['approve', 'forget', 'import', 'mode', 'reset'];
    expect([...answers]).toEqual(expect.arrayContaining(orders.map((type) => `${type} applied`)));
  });

  it('twice give each finding once', () => {
    fc.assert(
      fc.property(story, (moments) => {
        const observations = moments.filter(
          (moment): moment is Observation => 'kind' in moment && moment.kind !== 'heartbeat',
        );
        const later = observations.map((observation) => ({ ...observation, at: observation.at }));
        const analyzer = createPlay();
        analyzer.batch(observations.length === 0 ? [{ tick: 1 }] : observations);
        const again = analyzer.batch([...later, { tick: 1 }]);
        expect(again.filter((record) => record.type === 'finding' && record.finding.digest !== true)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('leave no condition told twice without an end between', () => {
    fc.assert(
      fc.property(story, (moments) => {
        const open = new Map<string, string>();
        for (const record of createPlay().batch(moments)) {
          if (record.type === 'ended') {
            expect(open.get(record.subject)).toBe(record.id);
            open.delete(record.subject);
          } else if (record.type === 'finding' && record.finding.subject !== undefined) {
            expect(open.has(record.finding.subject)).toBe(false);
            open.set(record.finding.subject, record.finding.id);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
