import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits } from '../../../../alerting/sinks/glob.ts';
import { leadsTo, quietRoutes, type Route } from '../../../../alerting/sinks/routes.ts';
import { severities, worstSeverity } from '../../../../shared/finding.ts';
import type { Incident } from '../../../../shared/incident.ts';
import { update } from '../updates.ts';

type Line = Incident['findings'][number];
const line = (more: Partial<Line> = {}, rule: Partial<Line['rule']> = {}): Line => {
  const [first] = update(1).incident.findings;
  if (first === undefined) throw new Error('an update has a finding');
  return { ...first, ...more, rule: { ...first.rule, ...rule } };
};
interface Found {
  readonly severity: Incident['severity'];
  readonly nature: Line['nature'];
  readonly rule: string;
  readonly row: string;
  readonly technique: string;
  readonly tactic: string;
  readonly ended: boolean;
}
const incident = (more: Partial<Incident> = {}): Incident => update(1, more).incident;
const chosen = (route: Omit<Route, 'to'>, one: Incident) => leadsTo('chat', [{ to: ['chat'], ...route }], one);

describe('routes', () => {
  it('lead to the sinks they name; every one that lets an incident through counts', () => {
    const routes: Route[] = [
      { to: ['pager', 'chat'], severity: 'critical' },
      { to: ['siem', 'chat'], kind: 'incident' },
    ];
    const sinks = (one: Incident) => ['pager', 'chat', 'siem', 'other'].filter((sink) => leadsTo(sink, routes, one));
    expect(sinks(incident({ severity: 'critical' }))).toEqual(['pager', 'chat', 'siem']);
    expect(sinks(incident())).toEqual(['chat', 'siem']);
    expect(sinks(incident({ kind: 'posture' }))).toEqual([]);
  });

  it.each<[Omit<Route, 'to'>, Partial<Incident>, boolean]>([
    [{ severity: 'high' }, { severity: 'medium' }, false],
    [{ severity: 'high' }, { severity: 'high' }, true],
    [{ kind: 'posture' }, {}, false],
    [{ nature: 'condition' }, {}, false],
    [{ nature: 'condition' }, { findings: [line(), line({ nature: 'condition' })] }, true],
    [{ rules: ['rule-1'] }, {}, true],
    [{ rules: ['ESC-*', 'mnt-0?'] }, {}, true],
    [{ rules: ['ESC-*'] }, {}, false],
    [{ workloads: ['shop/*'] }, { workload: { id: 'w', name: 'shop/web' } }, true],
    [{ workloads: ['shop/*'] }, { workload: { id: 'w', name: 'workshop/web' } }, false],
    [{ workloads: ['*'] }, { workload: undefined }, true],
    [{ workloads: ['shop/*'] }, { workloads: [{ id: 'j', name: 'shop/job' }] }, true],
    [{ workloads: ['shop/*'] }, { workloads: [{ id: 'j', name: 'jobs/shop' }] }, false],
    [{ hosts: ['lab?'] }, {}, true],
    [{ hosts: ['h1'] }, {}, true],
    [{ hosts: ['lab'] }, {}, false],
    [{ techniques: ['T1552*'] }, { techniques: ['T1611', 'T1552.001'] }, true],
    [{ techniques: ['T1552*'] }, { techniques: [] }, false],
    [{ tactics: ['privilege-escalation'] }, { tactics: ['privilege-escalation'] }, true],
    [{ severity: 'low', hosts: ['other'] }, {}, false],
  ])('%j lets %j through: %s', (route, more, expected) => {
    expect(chosen(route, incident(more))).toBe(expected);
  });

  it('ask one finding for all that they ask of findings', () => {
    const findings = [line({ nature: 'condition' }, { id: 'a', catalogue: [] }), line({}, { id: 'b', catalogue: [] })];
    expect(chosen({ nature: 'condition', rules: ['b'] }, incident({ findings }))).toBe(false);
    expect(chosen({ nature: 'event', rules: ['b'] }, incident({ findings }))).toBe(true);
  });

  it('are quiet where none are given: what is worth an hour, and no list of minor settings', () => {
    const told = (kind: Incident['kind']) =>
      severities.filter((severity) => leadsTo('any', quietRoutes, incident({ kind, severity })));
    expect(told('incident')).toEqual(['low', 'medium', 'high', 'critical']);
    expect(told('posture')).toEqual(['medium', 'high', 'critical']);
  });

  it('let through for ever what they let through once, however an incident grows', () => {
    const name = fc.constantFrom('T1611', 'T1552.001', 'execution', 'rule-1', 'MNT-01', 'shop/web', 'lab1');
    const pattern = fc.oneof(name, fc.constantFrom('*', 'T1552*', 'MNT-??', 'shop/*', 'rule-?'));
    const patterns = fc.option(fc.array(pattern, { minLength: 1, maxLength: 3 }), { nil: undefined });
    const severity = fc.constantFrom(...severities);
    const nature = fc.constantFrom('event' as const, 'condition' as const);
    const kind = fc.constantFrom('incident' as const, 'posture' as const);
    const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
    const route = fc.record({
      to: fc.constant(['chat']),
      severity: maybe(severity),
      kind: maybe(kind),
      nature: maybe(nature),
      rules: patterns,
      techniques: patterns,
      tactics: patterns,
      workloads: patterns,
      hosts: patterns,
    });
    const found: fc.Arbitrary<Found> = fc.record({
      severity,
      nature,
      rule: name,
      row: name,
      technique: name,
      tactic: name,
      ended: fc.boolean(),
    });
    const grow = (one: Incident, more: Found): Incident => ({
      ...one,
      severity: worstSeverity(one.severity, more.severity),
      techniques: [...one.techniques, more.technique],
      tactics: [...one.tactics, more.tactic],
      findings: [
        ...one.findings,
        line({ nature: more.nature, ...(more.ended && { endedAt: 9 }) }, { id: more.rule, catalogue: [more.row] }),
      ],
    });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 3 }), kind, fc.array(found, { maxLength: 8 }), (routes, of, all) => {
        const begin = incident({
          kind: of,
          severity: 'informational',
          workload: { id: 'w', name: 'shop/web' },
          findings: [],
        });
        const steps = [begin];
        for (const more of all) steps.push(grow(steps.at(-1) ?? begin, more));
        const last = steps.at(-1) ?? begin;
        const led = [...steps, { ...last, status: 'closed' as const }].map((one) => leadsTo('chat', routes, one));
        expect(led).toEqual([...led].sort((a, b) => Number(a) - Number(b)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a pattern', () => {
  it('fits what the regular expression of the same meaning fits', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(letters, pattern, (name, wanted) => {
        const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(fits(name, wanted)).toBe(new RegExp(`^${source}$`, 's').test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer for a name that was made to take long', () => {
    const begun = performance.now();
    expect(fits('a'.repeat(5_000), `${'*a'.repeat(100)}b`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
