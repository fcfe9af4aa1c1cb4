import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import { placeLine } from '../../../../alerting/incidents/lines-room.ts';
import { leadsTo } from '../../../../alerting/sinks/routes.ts';
import type { BusRecord } from '../../../../shared/bus/port.ts';
import { severities, severityRank } from '../../../../shared/finding.ts';
import { isNeverHidden } from '../../../../shared/never-hidden.ts';
import { ended, finding, record, rule, tick, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

type More = Parameters<typeof finding>[1];
const at = (id: string, logged: number, more: More = {}): BusRecord =>
  record(told(finding(id, { at: logged, ...more })), logged);
const row = (id: string, catalogue: string) => ({ rule: { ...rule(id, `Title ${id}`).rule, catalogue: [catalogue] } });
const flood = (rules: number, lines: number, more: More = {}): BusRecord[] =>
  Array.from({ length: rules * lines }, (_, i) =>
    at(`n${i}`, minute + i, { severity: 'medium', ...rule(`noise-${i % rules}`), summary: `${i}`, ...more }),
  );
const net = row('net', 'NET-01');

describe('the lines of an incident that has no room for all', () => {
  it('list what is graver, told at once and by name, where there were too many before it', async () => {
    const updates = updatesOf(
      await run([
        [...flood(4, 50), at('worse', 2 * minute - 1, { ...row('esc', 'ESC-01'), severity: 'critical' })],
        [at('net', 2 * minute, { ...net, severity: 'critical' })],
      ]),
    );
    const last = updates.at(-1);
    expect(last).toMatchObject({
      change: 'grown',
      at: 2 * minute,
      finding: 'net',
      lines: [{ id: 'net', how: 'new' }],
      incident: { count: 202, more: 2 },
    });
    expect(last?.incident.findings).toHaveLength(200);
    expect(last?.incident.findings.slice(-2).map(({ id }) => id)).toEqual(['worse', 'net']);
    // The oldest of the rules with the most of what is least grave.
    expect(last?.incident.findings[0]?.id).toBe('n2');
    const route = { to: ['chat'], rules: ['NET-01'] };
    expect(last === undefined ? undefined : leadsTo('chat', [route], last.incident)).toBe(true);
  });

  it('list every finding of a posture that is grave, however many minor ones came first', async () => {
    const condition = (i: number) => ({ nature: 'condition', posture: true, subject: `s${i}` }) as const;
    const minor = Array.from({ length: 240 }, (_, i) =>
      at(`n${i}`, minute, { ...rule(`minor-${i % 4}`), severity: 'low', in: `c${i >> 2}`, ...condition(i) }),
    );
    const grave = [0, 1, 2].map((i) =>
      at(`g${i}`, 2 * minute, { ...row('socket', 'MNT-01'), severity: 'critical', in: `d${i}`, ...condition(300 + i) }),
    );
    const commits = await run([minor, grave, [record(ended('', 's0'), 3 * minute)]]);
    const [, grown, last] = updatesOf(commits);
    expect(grown?.incident.findings.slice(-3).map(({ id }) => id)).toEqual(['g0', 'g1', 'g2']);
    expect(grown?.lines).toHaveLength(3);
    // A condition whose line gave way is still so until it ends.
    expect(last).toMatchObject({ change: 'grown', incident: { status: 'open', count: 243, more: 43 } });
  });

  it('list what nobody can hide beyond the share of its rule, as long as there is room', async () => {
    const execs = Array.from({ length: 60 }, (_, i) =>
      ['EXE-01', 'EXE-02', 'EXE-08'].map((exe) =>
        at(`${exe}/${i}`, minute + i, {
          ...row(exe, exe),
          severity: exe === 'EXE-01' ? 'critical' : 'high',
          summary: `${exe} ${i}`,
        }),
      ),
    ).flat();
    const [update] = updatesOf(await run([execs]));
    const of = (exe: string) => update?.incident.findings.filter((line) => line.rule.id === exe).length;
    expect(['EXE-01', 'EXE-02', 'EXE-08'].map(of)).toEqual([60, 50, 50]);
    expect(update?.incident).toMatchObject({ more: 20, count: 180 });
  });

  it('count more of the same, and tell it later, where nothing gives way', async () => {
    const more = at('more', minute + 60, { severity: 'medium', ...rule('noise-0'), summary: 'other' });
    const commits = await run([flood(1, 50), [more], [tick(minute + 10_000)], [tick(minute + 10_060)]]);
    expect(commits.map((commit) => updatesOf([commit]).length)).toEqual([1, 0, 1, 0]);
    expect(updatesOf(commits).at(-1)).toMatchObject({ lines: [], incident: { more: 1, count: 51 } });
  });
});

describe('which line gives way', () => {
  const limits = { ...defaultLimits, lines: 6, linesPerRule: 3 };
  const arbitrary = fc.array(
    fc.record({
      about: fc.constantFrom('a X-01', 'b X-02', 'n NET-01', 'm MON-01', 'e ESC-07'),
      severity: fc.constantFrom(...severities),
      ended: fc.boolean(),
    }),
    { maxLength: 60 },
  );

  it('is one that is worth less: bounded, a line of every rule, nothing of what nobody can hide for lesser ones', () => {
    fc.assert(
      fc.property(arbitrary, (all) => {
        let lines: ReturnType<typeof lineOf>[] = [];
        const seen = new Set<string>();
        const lineOf = ({ about, severity, ended: isOver }: (typeof all)[number], n: number) => {
          const [id = '', catalogue = ''] = about.split(' ');
          return { n, told: { ...update(id, catalogue), severity, ...(isOver && { endedAt: 1 }) } };
        };
        for (const [n, one] of all.entries()) {
          const line = lineOf(one, n);
          const placed = placeLine(lines, line, limits);
          const isFirst = !seen.has(line.told.rule.id);
          seen.add(line.told.rule.id);
          if (placed === undefined) {
            // Nothing that it could do without a loss that is as great.
            expect(isFirst).toBe(false);
            continue;
          }
          const { left } = placed;
          if (left !== undefined && !isFirst) {
            expect(severityRank(left.told.severity)).toBeLessThanOrEqual(severityRank(line.told.severity));
            const isWithin = countOf(lines, left) <= limits.linesPerRule;
            if (isKept(left.told) && isWithin) expect(isKept(line.told)).toBe(true);
          }
          expect([...placed.lines, ...(left === undefined ? [] : [left])].sort((a, b) => a.n - b.n)).toEqual(
            [...lines, line].sort((a, b) => a.n - b.n),
          );
          lines = [...placed.lines];
          expect(lines.length).toBeLessThanOrEqual(limits.lines);
          expect(new Set(lines.map(({ told: { rule: of } }) => of.id))).toEqual(seen);
          for (const id of seen) {
            const ordinary = lines.filter(({ told: of }) => of.rule.id === id && !isKept(of));
            expect(ordinary.length).toBeLessThanOrEqual(limits.linesPerRule);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is the only one of its rule where there are more rules than lines, and that is less grave', () => {
    const of = (id: string, severity: 'low' | 'high', catalogue = 'X-01') => ({
      told: { ...update(id, catalogue), severity },
    });
    const lines = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => of(id, id === 'd' ? 'low' : 'high'));
    expect(placeLine(lines, of('g', 'high'), limits)?.left).toBe(lines[3]);
    expect(placeLine(lines, of('g', 'low'), limits)).toBeUndefined();
    expect(placeLine(lines, of('g', 'low', 'NET-01'), limits)?.left).toBe(lines[3]);
    expect(placeLine(lines, of('a', 'high'), limits)).toBeUndefined();
  });

  it('is one beyond the share of its rule, where another rule has not its own', () => {
    const of = (id: string, catalogue: string) => ({
      told: { ...update(id, catalogue), severity: 'critical' as const },
    });
    const lines = [of('m', 'MON-01'), ...Array.from({ length: 5 }, () => of('n', 'NET-01'))];
    expect(placeLine(lines, of('m', 'MON-01'), limits)?.left).toBe(lines[1]);
    expect(placeLine(lines, of('n', 'NET-01'), limits)).toBeUndefined();
    expect(placeLine(lines, of('a', 'X-01'), limits)?.left).toBe(lines[1]);
  });
});

const countOf = (lines: readonly { told: { rule: { id: string } } }[], { told: one }: (typeof lines)[number]): number =>
  lines.filter((line) => line.told.rule.id === one.rule.id).length;
function update(id: string, catalogue: string) {
  return { rule: { id, title: id, catalogue: [catalogue] } };
}
const isKept = ({
  rule: { catalogue },
  severity,
}: {
  rule: { catalogue: string[] };
  severity: (typeof severities)[number];
}) => isNeverHidden(catalogue, severity);
