import { lastValueFrom, of as stream, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import { endedRecord, findingRecord } from '../../../../alerting/watch/tell.ts';
import { partitionOf } from '../../../../shared/bus/murmur2.ts';
import type { NewRecord } from '../../../../shared/bus/port.ts';
import { findingRecordSchema } from '../../../../shared/finding.ts';
import { incidentUpdateSchema } from '../../../../shared/incident.ts';
import { isNeverHidden } from '../../../../shared/never-hidden.ts';
import type { Standstill } from '../../../../shared/standstill.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

const at = Date.UTC(2026, 10, 30, 14, 0, 0, 123);
const standstill = (of: string, more: Partial<Standstill> = {}): Standstill => ({
  part: 'standstill',
  of,
  partition: 2,
  offset: 10,
  since: at,
  ...more,
});
const recordOf = ({ value }: NewRecord) => findingRecordSchema.parse(JSON.parse(value ?? ''));

/** The updates that the incident stage makes of these records, one a batch. */
async function incidents(records: readonly NewRecord[], quietMs = 1) {
  const batches = records.map((record, offset) => ({
    topic: 'findings',
    partition: 0,
    records: [
      { topic: 'findings', partition: 0, offset, headers: {}, logged: at + offset * 60_000, ...record } as const,
    ],
  }));
  const stage = createIncidentStage({ quietMs, reopenMs: 60_000, suppressionMs: 1, telemetry: noTelemetry });
  const commits = await lastValueFrom(stream(...batches).pipe(stage({ partition: 0, restored: new Map() }), toArray()));
  return commits
    .flatMap(({ outputs }) => outputs)
    .map(({ record }) => incidentUpdateSchema.parse(JSON.parse(record.value ?? '')));
}

describe('a standstill is told', () => {
  it.each([
    ['sink/siem', 'Moorwatch: the sink siem does not get past a record of 2026-11-30T14:00:00Z'],
    ['analyzer/2', 'Moorwatch: partition 2 of observations is not analyzed past a record of 2026-11-30T14:00:00Z'],
    [
      'alerting/2',
      'Moorwatch: partition 2 of findings does not become incidents past a record of 2026-11-30T14:00:00Z',
    ],
  ])('of %s as one incident with one title, once, however often it is written', async (of, title) => {
    const record = findingRecord(standstill(of), 4);
    const updates = await incidents([record, findingRecord(standstill(of), 4), record]);
    expect(updates.map(({ change, incident }) => [change, incident.title, incident.severity])).toEqual([
      ['opened', title, 'high'],
    ]);
  });

  it('ends with it, and closes', async () => {
    const over = { at: at + 1, reason: 'it goes on' };
    const one = standstill('sink/siem');
    const updates = await incidents([
      findingRecord(one, 4),
      endedRecord(one, 4, over),
      // The other alerting says it, too.
      endedRecord(one, 4, { ...over, at: at + 5 }),
      { key: 'tick', value: null, at, headers: { 'moorwatch-tick': '1' } },
    ]);
    expect(updates.map(({ change }) => change)).toEqual(['opened', 'grown', 'closed']);
    expect(updates[1]?.incident.findings[0]).toMatchObject({ endedAt: at + 1 });
  });

  it('anew when it stands again elsewhere, in the same incident, and an old end does not end that', async () => {
    const [first, second] = [standstill('sink/siem'), standstill('sink/siem', { offset: 20, since: at + 60_000 })];
    const over = { at: at + 9, reason: 'it goes on' };
    const records = [findingRecord(first, 4), endedRecord(first, 4, over), findingRecord(second, 4)];
    const updates = await incidents([...records, endedRecord(first, 4, over)], 600_000);
    const last = updates.at(-1)?.incident;
    expect(new Set(updates.map(({ incident }) => incident.id)).size).toBe(1);
    expect(last?.status).toBe('open');
    expect(last?.findings.map(({ endedAt }) => endedAt)).toEqual([at + 9, undefined]);
  });

  it('never by the partition of the incident stage that stands itself', () => {
    for (let partition = 0; partition < 8; partition += 1) {
      const { key } = findingRecord(standstill(`alerting/${partition}`, { partition }), 8);
      expect(partitionOf(key, 8)).not.toBe(partition);
    }
    expect(findingRecord(standstill('alerting/0', { partition: 0 }), 1).key).toBe('moorwatch/alerting/0');
  });

  it('in a way that nobody can suppress', () => {
    const record = recordOf(findingRecord(standstill('analyzer/2'), 4));
    const { finding } = record.type === 'finding' ? record : expect.unreachable();
    expect(isNeverHidden(finding.rule.catalogue, finding.severity)).toBe(true);
  });
});
