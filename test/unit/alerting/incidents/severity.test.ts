import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incidentOf } from '../../../../alerting/incidents/entry.ts';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import { restore } from '../../../../alerting/incidents/persist.ts';
import { weightless } from '../../../../alerting/incidents/severity.ts';
import { severities, severityRank } from '../../../../shared/finding.ts';
import { applied, decided, finding, record, rule, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

type More = Parameters<typeof finding>[1];

const recordsOf = (found: readonly More[]) =>
  found.map((more, n) => [record(told(finding(`f${n}`, more)), minute + n)]);
const updatesOfAll = async (...found: readonly More[]) => updatesOf(await run(recordsOf(found)));
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
    const hides = condition({ severity: 'medium', ...row('eva', 'EVA-05') });
    expect(await last(hides, medium)).toMatchObject({ severity: 'high', raised: { from: 'medium' } });
    expect(await last(medium, { ...hides, nature: 'event' })).toMatchObject({ severity: 'high' });
    expect(await last(hides)).toMatchObject({ severity: 'medium' });
    expect(await last({ ...medium, ...row('eva', 'EVA-05') })).toMatchObject({ severity: 'medium' });
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

  it('where its lines have no room for what says so', async () => {
    const limits = { ...defaultLimits, lines: 3, linesPerRule: 2 };
    const noise = ['a', 'b', 'c'].map((summary) => ({ severity: 'low', ...rule('noise'), summary }) as const);
    const worse = ['w', 'x', 'y'].map((id) => ({ ...medium, ...rule(id) }));
    const filled = [...worse, { severity: 'low', ...row('eva', 'EVA-01'), summary: 'hidden' }] as const;
    const eva = updatesOf(await run(recordsOf(filled), { limits })).at(-1)?.incident;
    expect(eva?.findings.map((line) => line.rule.id)).toEqual(['w', 'x', 'y']);
    expect(eva).toMatchObject({ severity: 'high', raised: { because: ['something of it hides from who watches'] } });
    const third = [
      { severity: 'medium', ...row('x', 'X-1', ['execution', 'discovery']) },
      { severity: 'medium', ...row('y', 'X-2', ['persistence']) },
      { severity: 'medium', ...row('z', 'X-3', ['impact']) },
    ] as const;
    const spans = updatesOf(await run(recordsOf([...noise, ...third]), { limits })).at(-1)?.incident;
    expect(spans?.raised?.because).toEqual(['it spans 4 tactics in findings of 3 rules']);
  });

  it('which only counts rules up to a bound', async () => {
    const tactics = ['execution', 'discovery', 'persistence', 'impact'];
    const many = Array.from(
      { length: 20 },
      (_, n) => ({ severity: 'medium', ...row(`r${n}`, 'X-1', tactics) }) as const,
    );
    expect((await last(...many))?.raised?.because).toEqual(['it spans 4 tactics in findings of 8 or more rules']);
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

  it('when that is how something is set up, as bad as the events are together', async () => {
    const mount = condition({ severity: 'high', ...rule('mount') });
    const incident = await last(mount, medium, fromProcfs);
    expect(incident?.severity).toBe('high');
    expect(incident?.raised).toBeUndefined();
    expect(await last(condition(medium), medium, fromProcfs)).toMatchObject({
      severity: 'high',
      raised: { from: 'medium' },
    });
  });

  it('when that is critical', async () => {
    const incident = await last({ ...medium, severity: 'critical' }, fromProcfs);
    expect(incident?.severity).toBe('critical');
    expect(incident?.raised).toBeUndefined();
  });
});

it('weighs nothing of what a state of an older version holds, until it grows', async () => {
  const found = [medium, fromProcfs].map((more, n) => record(told(finding(`f${n}`, more)), minute + n));
  const [before] = await run([found]);
  const state = applied(new Map(), before?.state ?? []);
  const [key = ''] = [...state.keys()].filter((name) => name.endsWith('/head'));
  const head = JSON.parse(state.get(key) ?? '') as { weight: object };
  const weights = [undefined, { tiers: ['engine', 'procfs'], tactics: ['discovery'] }];
  for (const weight of weights) {
    const older = new Map(state).set(key, JSON.stringify({ ...head, weight }));
    expect(restore(older)).toMatchObject({ unreadable: [], entries: [{ weight: { ...weightless, ...weight } }] });
    const [entry] = restore(older).entries;
    expect(entry && incidentOf(entry).severity).toBe('medium');
  }
  const [entry] = restore(state).entries;
  expect(entry && incidentOf(entry).severity).toBe('high');
});

it('is at most one step worse than its worst event, and never gets better while the incident is open, whatever comes', async () => {
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
        const events = findings.filter(({ nature }) => nature === 'event').map((line) => severityRank(line.severity));
        expect(severityRank(severity)).toBe(raised === undefined ? worst : Math.max(...events) + 1);
        if (raised !== undefined) expect(severityRank(raised.from)).toBe(Math.max(...events));
        expect(severityRank(severity)).toBe(worst + (raised === undefined ? 0 : 1));
        expect(severityRank(severity)).toBeGreaterThanOrEqual(before);
        before = severityRank(severity);
      }
    }),
    { numRuns: 150 },
  );
});
