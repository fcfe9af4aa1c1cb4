import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { evidenceLines } from '../../../cli/incidents/evidence-lines.ts';
import { evidencePage } from '../../../cli/incidents/page.ts';
import type { Evidence, EvidenceConnection } from '../../../shared/evidence.ts';
import { update } from '../alerting/updates.ts';

const evidenceOf = (more: Partial<Evidence> = {}): Evidence => ({
  incident: update(1).incident,
  window: { from: 0, to: 1_000 },
  read: { observations: 1 },
  timeline: [],
  leftOut: 0,
  processes: [],
  connections: [],
  actors: [],
  baselines: [],
  ...more,
});
const linesOf = (more?: Partial<Evidence>) => evidenceLines(evidenceOf(more), picocolors.createColors(false));
const fact = (name: string, more: Partial<Evidence>) => linesOf(more).find((line) => line.startsWith(`  ${name} `));
const beyond = { containers: 7, processes: 0, connections: 0, actors: 0 };

describe('an incident for a person', () => {
  it('says how many others there are, however long their names are', () => {
    const long = Array.from({ length: 20 }, (_, n) => ({ id: `${n}`.repeat(64), name: `${n}`.padEnd(80, 'x') }));
    const merged = Array.from({ length: 50 }, (_, n) => `${n}`.padStart(32, '0'));
    const incident = { ...update(1).incident, containers: long, merged };
    const others = fact('with', { incident, beyond });
    expect(others).toMatch(/^ {2}with +27 others, and nothing was looked for of 7 of them: 0x+ 0{12}, 1x/);
    expect(others).toMatch(/…$/);
    expect(fact('merged', { incident })).toMatch(/^ {2}merged +50 incidents went on in this one: 0{32}, .*…$/);
  });

  it('says how many there are when none is named, and nothing when there is one alone', () => {
    expect(fact('with', { beyond })).toMatch(/with +7 others, and nothing was looked for of 7 of them$/);
    const containers = [{ id: 'other', name: 'job' }];
    const incident = { ...update(1).incident, containers };
    expect(fact('with', { incident })).toMatch(/with +1 other: job other$/);
    expect(fact('with', {})).toBeUndefined();
  });

  it('says what people did with it, when and why, and what became of it', () => {
    const incident = {
      ...update(1).incident,
      status: 'closed' as const,
      notes: [{ at: 1_000, by: 'ada', note: 'looks like the\u001b[31m nightly job' }],
      acknowledgement: { at: 2_000, by: 'bob', note: '' },
      closedAt: 3_000,
      closedBy: 'ada',
      closeReason: 'test',
      reopened: 1,
      suppressed: 2,
    };
    const lines = linesOf({ incident });
    const from = lines.indexOf('handling');
    expect(lines.slice(from + 1, from + 6)).toEqual([
      '  note           1970-01-01T00:00:01.000Z by ada: looks like the\\u{1b}[31m nightly job',
      '  acknowledged   1970-01-01T00:00:02.000Z by bob',
      '  reopened       1 time',
      '  suppressed     2 findings of it kept out of it by suppressions',
      '  closed         1970-01-01T00:00:03.000Z by ada: test',
    ]);
    const page = evidencePage(evidenceOf({ incident }), '1');
    expect(page).toContain('<dt>Closed</dt><dd>1970-01-01T00:00:03.000Z by ada: test</dd>');
    expect(linesOf({})).not.toContain('handling');
  });

  it('says as whom somebody had logged in, on the page, too', () => {
    const processes = [{ pid: 7, depth: 0, at: 0, command: 'sh', user: '', login: 1000, origin: 'entered' }];
    expect(linesOf({ processes })).toContain('  7 sh (login of 1000, entered)');
    expect(evidencePage(evidenceOf({ processes }), '1')).toContain('7 sh  login of 1000  entered\n');
  });

  it('says what was beyond the baselines', () => {
    const beyond = [{ text: 'tcp 203.0.113.9:443', first: 1_000, count: 2 }];
    const baselines = [{ feature: 'egress-destinations', state: 'steady', mode: 'learn', beyond, more: 3 }];
    const lines = linesOf({ baselines });
    const from = lines.indexOf('beyond its baselines');
    expect(lines.slice(from + 1, from + 3)).toEqual([
      '  egress-destinations    tcp 203.0.113.9:443 (first 1970-01-01T00:00:01.000Z, 2 times)',
      '  egress-destinations    and 3 more',
    ]);
    expect(evidencePage(evidenceOf({ baselines }), '1')).toContain('<td>tcp 203.0.113.9:443 (first');
  });

  it('names containers of connections only where there are several', () => {
    const one: EvidenceConnection = { direction: 'egress', transport: 'tcp', peer: 'p:1', count: 2, at: 0, lastAt: 0 };
    const table = (connections: readonly EvidenceConnection[]) =>
      linesOf({ connections: [...connections] }).filter((line) => /DIRECTION|egress/.test(line));
    expect(table([one])).toEqual([
      '  FIRST         DIRECTION  TRANSPORT  PEER  TIMES',
      '  00:00:00.000  egress     tcp        p:1   2',
    ]);
    expect(table([one, { ...one, container: 'job' }]).map((line) => line.slice(44))).toEqual([
      'TIMES  OF',
      '2',
      '2      job',
    ]);
  });
});
