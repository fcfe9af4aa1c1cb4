import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { severities, severityRank } from '../../../../shared/finding.ts';
import { decided, finding, record, rule, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

type More = Parameters<typeof finding>[1];

const updatesOfAll = async (...found: readonly More[]) =>
  updatesOf(await run(found.map((more, n) => [record(told(finding(`f${n}`, more)), minute + n)])));
const last = async (...found: readonly More[]) => (await updatesOfAll(...found)).at(-1)?.incident;

const row = (id: string, catalogue: string, tactics: readonly string[] = ['discovery']) => ({
  rule: { id, title: id, catalogue: [catalogue], techniques: [], tactics: [...tactics], hash: 'r' },
});
const medium = { severity: 'medium', ...rule('a') } as const;
const fromProcfs = { severity: 'medium', ...rule('b'), coverage: { tier: 'procfs' } } as const;
const condition = (more: More): More => ({ nature: 'condition', subject: 's', ...more });

describe('an incident is one step worse than its worst finding', () => {
  it('where events of two kinds of telemetry agree', async () => {
    expect(await last(medium, fromProcfs)).toMatchObject({
      severity: 'high',
      raised: { from: 'medium', because: ['independent telemetry agrees: engine, procfs'] },
    });
    expect(await last({ ...medium, severity: 'high' }, fromProcfs)).toMatchObject({ severity: 'critical' });
  });

  it('where something of it hides', async () => {
    const hides = condition({ severity: 'high', ...row('eva', 'EVA-05') });
    expect(await last(hides, medium)).toMatchObject({ severity: 'critical', raised: { from: 'high' } });
    expect(await last(hides)).toMatchObject({ severity: 'high' });
  });

  it('where it spans four tactics in findings of three rules', async () => {
    const steps = [
      row('a', 'X-1', ['execution']),
      row('b', 'X-2', ['discovery', 'persistence']),
      row('c', 'X-3', ['impact']),
    ];
    const grave = steps.map((step) => ({ severity: 'medium', ...step }) as const);
    expect((await last(...grave))?.raised?.because).toEqual(['it spans 4 tactics in findings of 3 rules']);
    expect((await last(...grave.slice(0, 2)))?.raised).toBeUndefined();
  });

  it('and goes back to who works on it', async () => {
    const [opened] = await updatesOfAll(medium);
    const acknowledged = decided({ type: 'acknowledge', incident: opened?.incident.id ?? '' }, 2 * minute);
    const records = [
      record(told(finding('f0', medium)), minute),
      acknowledged,
      record(told(finding('f1', fromProcfs)), 3 * minute),
    ];
    const updates = updatesOf(await run(records.map((one) => [one])));
    expect(updates.at(-1)).toMatchObject({
      change: 'reopened',
      reason: 'it was acknowledged and got worse: medium before, high now',
      incident: { status: 'open', severity: 'high' },
    });
  });
});

describe('it stays what its worst finding is', () => {
  it.each([
    ['below medium', [{ ...medium, severity: 'low' }, fromProcfs]],
    ['of one rule', [medium, { ...fromProcfs, ...rule('a') }]],
    ['as it was set up', [condition(medium), condition(fromProcfs)]],
    ['of one kind of telemetry', [medium, { ...fromProcfs, coverage: { tier: 'engine' } }]],
  ] as const)('for findings %s', async (_, found) => {
    const incident = await last(...(found as readonly More[]));
    expect(incident?.severity).toBe('medium');
    expect(incident?.raised).toBeUndefined();
  });

  it('when that is critical', async () => {
    const incident = await last({ ...medium, severity: 'critical' }, fromProcfs);
    expect(incident?.severity).toBe('critical');
    expect(incident?.raised).toBeUndefined();
  });
});

it('is at most one step worse, and never gets better while the incident is open, whatever comes', async () => {
  const any = fc.record({
    severity: fc.constantFrom(...severities),
    nature: fc.constantFrom('event' as const, 'condition' as const),
    coverage: fc.record({ tier: fc.constantFrom('engine', 'procfs', 'kernel') }),
    rule: fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      title: fc.constant('t'),
      catalogue: fc.constantFrom('X-01', 'EVA-01').map((one) => [one]),
      techniques: fc.constant<string[]>([]),
      tactics: fc.subarray(['execution', 'discovery', 'persistence', 'impact', 'exfiltration']),
      hash: fc.constant('r'),
    }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 12 }), async (found) => {
      const all = found.map(
        (one, n) => ({ ...one, subject: `s${n}`, severity: n === 0 ? 'medium' : one.severity }) as const,
      );
      const incidents = (await updatesOfAll(...all))
        .map(({ incident }) => incident)
        .filter(({ kind }) => kind === 'incident');
      let before = 0;
      for (const { severity, findings, raised } of incidents) {
        const worst = Math.max(...findings.map((line) => severityRank(line.severity)));
        expect(severityRank(severity)).toBe(worst + (raised === undefined ? 0 : 1));
        expect(severityRank(severity)).toBeGreaterThanOrEqual(before);
        before = severityRank(severity);
      }
    }),
    { numRuns: 150 },
  );
});
