import fc from 'fast-check';
import { firstValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaultLimits, type IncidentLimits } from '../../../../alerting/incidents/limits.ts';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import type { BusRecord, Commit } from '../../../../shared/bus/port.ts';
import { deriveId } from '../../../../shared/hash.ts';
import type { Incident } from '../../../../shared/incident.ts';
import {
  answersOf,
  applied,
  batch,
  decided,
  ended,
  finding,
  record,
  rule,
  tick,
  told,
  updatesOf,
} from '../finding-records.ts';

const tight: IncidentLimits = {
  lines: 4,
  linesPerRule: 2,
  unlistedConditions: 10,
  incidents: 3,
  closed: 2,
  allLines: 10,
  members: 2,
  containers: 2,
  notes: 2,
  suppressions: 2,
  hiddenConditions: 2,
  pauseMs: 20,
  ids: { chunks: 4, perChunk: 8 },
};

/** Every batch is taken by a stage that was just restored from what the ones before it wrote. */
async function runRestarting(batches: readonly (readonly BusRecord[])[], limits: IncidentLimits): Promise<Commit[]> {
  let state = new Map<string, string>();
  const commits: Commit[] = [];
  for (const records of batches) {
    const stage = createIncidentStage({ quietMs: 50, reopenMs: 30, suppressionMs: 100, limits })({
      partition: 0,
      restored: state,
    });
    const commit = await firstValueFrom(of(batch(records)).pipe(stage));
    state = applied(state, commit.state);
    commits.push(commit);
  }
  return commits;
}

/** The last word on every incident. How often it was told depends on the batches and is left out. */
function outcome(commits: readonly Commit[]): Omit<Incident, 'version'>[] {
  const last = new Map<string, Omit<Incident, 'version'>>();
  for (const { incident } of updatesOf(commits)) {
    const { version: _, ...rest } = incident;
    last.set(incident.id, rest);
  }
  return [...last.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Lines that differ from those of the update before and that the update does not name, or that it names and that are alike. What came with another
 * incident was told there.
 */
function misnamed(commits: readonly Commit[]): string[] {
  const last = new Map<string, Incident>();
  return updatesOf(commits).flatMap(({ incident, lines = [] }) => {
    const known = last.get(incident.id);
    const before = new Map(known?.findings.map((line) => [line.id, JSON.stringify(line)]));
    last.set(incident.id, incident);
    const differ = incident.findings.filter((line) => before.get(line.id) !== JSON.stringify(line)).map(({ id }) => id);
    const named = lines.map(({ id }) => id);
    const hasMerged = known?.merged?.at(-1) !== incident.merged?.at(-1);
    return [...named.filter((id) => !differ.includes(id)), ...differ.filter((id) => !hasMerged && !named.includes(id))];
  });
}

const names = fc.constantFrom('web', 'db', 'cache', 'batch', null);
const step = fc.record({
  in: names,
  what: fc.constantFrom(
    'event',
    'condition',
    'ended',
    'posture',
    'tick',
    'repeat',
    'broken',
    'made',
    'worse',
    'acknowledge',
    'close',
    'note',
    'suppress',
    'unsuppress',
    'forget-host',
    'blind',
  ),
  about: fc.integer({ min: 0, max: 5 }),
  wait: fc.integer({ min: 0, max: 40 }),
  cut: fc.boolean(),
});

const blind = (id: string) => ({ rule: { ...rule(id).rule, catalogue: ['MON-01'] } });

const entityOf = (name: string | null): string => deriveId('h1', name === null ? 'host' : `container/lineage-${name}`);

function recordsOf(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): BusRecord[] {
  let now = 1_000;
  const opened = new Map<string | null, string>();
  const suppressions: string[] = [];
  return steps.map(({ what, about, wait, ...place }, i) => {
    now += wait;
    const base = { ...place, at: now - wait, ...rule(`rule-${about % 3}`), summary: `about ${about}` };
    const subject = `${place.in}/${about}`;
    const made = (more: object, id = `f${i}`) => record(told(finding(id, { ...base, ...more })), now, i);
    if (what === 'tick') return tick(now);
    if (what === 'broken') return record('{', now, i);
    if (what === 'ended') return record(ended(`f${i}`, subject, { in: place.in ?? '', at: now }), now, i);
    // Of the first finding on that place: its incident, if it opened one that is still known.
    const first = opened.get(place.in);
    const incident = deriveId(entityOf(place.in), first ?? '');
    if (what === 'acknowledge' || what === 'close' || what === 'note')
      return decided({ type: what, incident }, now, { offset: i });
    const scope = { rule: `rule-${about % 3}`, workload: `w-${place.in}` };
    if (what === 'suppress') {
      suppressions.push(`d-suppress-${i}`);
      return decided({ type: what, scope, expiresAt: now + 10 * (1 + about) }, now, { offset: i });
    }
    if (what === 'unsuppress')
      return decided({ type: what, suppression: suppressions.at(-1) ?? 'none' }, now, { offset: i });
    if (what === 'forget-host') return decided({ type: what }, now, { offset: i });
    if (what === 'blind') return made({ ...blind(`rule-${about % 3}`), in: null });
    if (what === 'event' && first === undefined) opened.set(place.in, `f${i}`);
    if (what === 'made') return made({ creator: `${['web', 'db', 'cache'][about % 3]}-id` });
    if (what === 'worse') return made({ severity: 'critical' });
    if (what === 'repeat') return made({}, `f${about}`);
    if (what === 'condition') return made({ nature: 'condition', subject });
    return made(what === 'posture' ? { posture: true, nature: 'condition', subject } : {});
  });
}

describe('the incident stage under any cut of the log', () => {
  for (const [name, limits] of Object.entries({ usual: { ...defaultLimits, pauseMs: 20 }, tight })) {
    it(`gives the same incidents, restarted between batches or not (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
          const made = recordsOf(steps);
          // By then all that only counted more was told.
          const records = [...made, tick((made.at(-1)?.logged ?? 0) + 20)];
          const batches: BusRecord[][] = [[]];
          records.forEach((item, i) => {
            batches.at(-1)?.push(item);
            if (steps[i]?.cut === true && i + 1 < records.length) batches.push([]);
          });
          const whole = await runRestarting([records], limits);
          const cut = await runRestarting(batches, limits);
          expect(outcome(cut)).toEqual(outcome(whole));
          expect(answersOf(cut)).toEqual(answersOf(whole));
          expect([misnamed(cut), misnamed(whole)]).toEqual([[], []]);
        }),
        { numRuns: 150 },
      );
    });
  }
});

describe('bounds', () => {
  const flood = (n: number, more: (i: number) => Parameters<typeof finding>[1]) =>
    Array.from({ length: n }, (_, i) => record(told(finding(`f${i}`, more(i))), 1_000 + i, i));

  it('counts what does not fit in an incident, and leaves room for other rules', async () => {
    const noisy = flood(300, (i) => ({ summary: `command ${i}` }));
    const other = record(told(finding('worse', { ...rule('rule-2', 'Worse'), severity: 'critical' })), 1_300);
    const [commit] = await runRestarting([[...noisy, other]], defaultLimits);
    const [update] = updatesOf(commit === undefined ? [] : [commit]);
    expect(update?.incident).toMatchObject({ more: 250, count: 301, severity: 'critical' });
    expect(update?.incident.findings.at(-1)).toMatchObject({ id: 'worse' });
    expect(update?.incident.title).toContain('Worse');
  });

  it('stays open for a condition that has no line', async () => {
    const conditions = flood(defaultLimits.linesPerRule + 1, (i) => ({ nature: 'condition', subject: `s${i}` }));
    const ends = Array.from({ length: defaultLimits.linesPerRule }, (_, i) => record(ended('', `s${i}`), 900_000));
    const last = record(ended('', `s${defaultLimits.linesPerRule}`), 900_001);
    const commits = await runRestarting([[...conditions, ...ends], [last]], defaultLimits);
    expect(updatesOf(commits).map(({ change }) => change)).toEqual(['opened', 'grown', 'closed']);
  });

  it('closes the incident longest quiet when too many are open', async () => {
    const commits = await runRestarting(
      [flood(5, (i) => ({ in: `c${i}`, nature: 'condition', subject: `${i}` }))],
      tight,
    );
    const closed = updatesOf(commits).filter(({ change }) => change === 'closed');
    expect(closed.map(({ incident }) => incident.container?.name)).toEqual(['c0', 'c1']);
    expect(closed[0]?.incident.closeReason).toMatch(/more incidents/);
  });

  it('writes no state value above 64 KiB, whatever the names', async () => {
    const nasty = '\u0000'.repeat(5_000);
    const records = flood(400, (i) => ({
      ...rule(`rule-${i}`, nasty),
      in: nasty,
      nature: 'condition',
      subject: `${nasty}${i}`,
      summary: `${i}${nasty}`,
      ruleSet: `${i}${nasty}`,
    }));
    const [commit] = await runRestarting([records], defaultLimits);
    const longest = Math.max(...(commit?.state ?? []).map(({ value }) => Buffer.byteLength(value ?? '')));
    expect(longest).toBeLessThan(65_536);
  });
});
