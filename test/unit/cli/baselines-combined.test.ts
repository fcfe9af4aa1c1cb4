import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../shared/finding.ts';
import { egress, program } from '../../support/analyzer/observations.ts';
import { findings, quickBaselines } from '../../support/analyzer/play.ts';
import { type BaselinesLab, startBaselinesLab } from '../../support/cli/baselines-lab.ts';

const web = 'docker.io/library/nginx';
const because = ['--reason', 'a new helper'] as const;
const ran = (at: number, name: string, user: number) =>
  program('c1', at * 1_000, { executable: `/opt/${name}`, user }, { age: 1_000 });

let lab: BaselinesLab;
let finding: Finding;
beforeEach(async () => {
  lab = await startBaselinesLab();
  for (let at = 1; at <= 8; at += 1) await lab.see([ran(at, 'usual', 1_000)]);
  const [found] = findings(await lab.see([ran(9, 'odd', 1_001)])).filter(({ digest }) => digest !== true);
  if (found === undefined) throw new Error('nothing was told');
  finding = found;
});
afterEach(async () => await lab.stop());

const toldAt = async (at: number, name: string, user: number): Promise<readonly unknown[]> =>
  findings(await lab.see([ran(at, name, user)])).map(({ observation }) => observation['deviation.feature']);

describe('a finding about several things of few features', () => {
  it('is explained once for all of each, and approved as a whole', async () => {
    const options = {
      baselines: { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 },
    };
    const leading = await startBaselinesLab(options);
    const minute = 60_000;
    const look = { age: 1_000, hash: 'one' };
    const call = (id: string, at: number, port: number) => egress(id, at, { ip: '192.0.2.1', port }, look);
    const slot = (at: number) => [
      call('c1', at, 443),
      call('c2', at + 1, 443),
      ...[1, 2, 3].map((port) => call('c1', at + 1 + port, port)),
    ];
    const told: Finding[] = [];
    for (let nth = 0; nth < 100; nth += 1) told.push(...findings(await leading.see(slot(1 + nth * 30 * minute))));
    const [one, ...more] = told.filter(({ digest }) => digest !== true);
    expect(more).toEqual([]);
    const id = one?.id ?? '';
    const { out } = await leading.baselines('why', id);
    // To each it connects by the clock, besides.
    expect(out.match(/What is known of/g)).toHaveLength(2);
    expect(out.match(/was not known when it was seen/g)).toHaveLength(6);
    expect(out.match(/--part egress-destinations\/[0-9a-f]{32} --reason/g)).toHaveLength(3);
    expect(out).toContain(`All of it at once\n  moorwatch baselines approve --finding ${id} --reason`);
    const destinations = async () =>
      (await leading.baselines('export', web)).out
        .split(/\n {2}(?=\w)/)
        .find((part) => part.startsWith('egress-destinations:')) ?? '';
    expect(await destinations()).toContain('left out (told by a finding');
    const { code, out: done } = await leading.baselines('approve', '--finding', id, ...because);
    expect({ code, lines: done.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 6 });
    expect(await destinations()).not.toContain('left out');
    await leading.stop();
  });
});

describe('a finding about several things', () => {
  it('is explained part by part', async () => {
    const { code, out } = await lab.baselines('why', finding.id);
    expect(code).toBe(0);
    for (const line of [
      'deviates in 2 at once, the rarest first',
      `What is known of ${web} on anchor in processes`,
      `What is known of ${web} on anchor in users-and-capabilities`,
      `approve --finding ${finding.id} --part processes --reason`,
      `approve --finding ${finding.id} --part users-and-capabilities --reason`,
    ])
      expect(out).toContain(line);
    expect(out.match(/was not known when it was seen/g)).toHaveLength(2);
  });

  it('is approved as a whole, one decision for each part', async () => {
    const { code, out } = await lab.baselines('approve', '--finding', finding.id, ...because);
    expect({ code, lines: out.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 2 });
    const shown = await lab.baselines('show', web, '--json');
    expect(shown.out.match(/"reason":"a new helper"/g)).toHaveLength(2);
    expect(await toldAt(10, 'odd', 1_001)).toEqual([]);
    expect(await toldAt(11, 'odd', 1_002)).toEqual(['users-and-capabilities']);
  });

  it('is approved in all that can be, where one part is not in the baseline any more', async () => {
    const first = finding.observation['deviation.feature'];
    expect((await lab.baselines('forget', '--finding', finding.id, '--part', String(first), ...because)).code).toBe(0);
    const { code, out, err } = await lab.baselines('approve', '--finding', finding.id, ...because);
    expect(code).toBe(1);
    expect(out).toMatch(/^[^\n]+: normal for [^\n]+\n$/);
    expect(err).toContain(`refused: ${web} is not known to have shown`);
    expect(await toldAt(10, 'odd', 1_001)).toEqual([first]);
  });

  it('is approved, and taken back, in one part alone', async () => {
    const one = ['--finding', finding.id, '--part', 'users-and-capabilities', ...because];
    expect((await lab.baselines('approve', ...one)).out).toContain('as user 1001: normal for');
    const shown = await lab.baselines('show', web, '--json');
    expect(shown.out.match(/"reason":"a new helper"/g)).toHaveLength(1);
    expect((await lab.baselines('forget', ...one)).out).toContain('as user 1001: forgotten');
    expect(await toldAt(12, 'odd', 1_001)).toEqual(['users-and-capabilities']);
  });

  it('has no other parts than it names', async () => {
    const { code, err } = await lab.baselines('approve', '--finding', finding.id, '--part', 'dreams', ...because);
    expect(code).toBe(1);
    expect(err).toMatch(
      /dreams is no part of .*\n.*it has: processes\/[0-9a-f]{32}, users-and-capabilities\/[0-9a-f]{32}/,
    );
    const named = ['approve', web, 'processes', 'x', '--part', 'processes', ...because] as const;
    expect((await lab.baselines(...named)).code).toBe(2);
  });
});
