import { describe, expect, it } from 'vitest';
import { createNotices } from '../../../../shared/bus/notices.ts';
import { UserError } from '../../../../shared/errors.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { logOf } from '../../../../shared/telemetry/log.ts';
import { type GaugeReading, noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

function setUp(giveUp: (error: UserError) => void = (error) => expect.unreachable(error.message)) {
  const happenings: Happening[] = [];
  const clock = { now: 0 };
  const gauges = new Map<string, () => readonly GaugeReading[]>();
  const notices = createNotices(
    {
      ...noTelemetry,
      happened: (happening) => happenings.push(happening),
      gauge: (name, _help, read) => void gauges.set(name, read),
    },
    { name: 'lag_records', help: 'Records that wait.', giveUp, now: () => clock.now },
  );
  return { notices, happenings, clock, lag: () => gauges.get('lag_records')?.() };
}

describe('what the bus notices', () => {
  it('is how far each group is behind in each partition that it has', () => {
    const { notices, lag } = setUp();
    const [one, other] = [notices.watch('in', { group: 'one' }), notices.watch('in', { group: 'other' })];
    for (const partition of [2, 0]) one.notice({ kind: 'assigned', partition });
    one.notice({ kind: 'lag', partition: 2, records: 7 });
    other.notice({ kind: 'lag', partition: 1, records: 3 });
    expect(one.partitions()).toEqual([0, 2]);
    one.notice({ kind: 'revoked', partition: 0 });
    expect(lag()).toEqual([
      { value: 7, attributes: { group: 'one', partition: '2' } },
      { value: 3, attributes: { group: 'other', partition: '1' } },
    ]);
  });

  it('is told when something went wrong, with its place', () => {
    const { notices, happenings } = setUp();
    const { notice } = notices.watch('in');
    const error = new Error('why');
    const record = { topic: 'in', partition: 1, offset: 9, key: '', value: null, headers: {}, at: 0, logged: 0 };
    notice({ kind: 'gap', gap: { topic: 'in', partition: 1, from: 3, to: 5 } });
    notice({ kind: 'no-position', partition: 1, from: 5, records: 3 });
    notice({ kind: 'batch-failed', partition: 1, attempt: 2, error });
    notice({ kind: 'rejected', record, error });
    notice({ kind: 'session-lost', partition: 1, error });
    expect(happenings).toEqual([
      { name: 'busGap', topic: 'in', partition: 1, lost: 2 },
      { name: 'busPositionMissing', topic: 'in', partition: 1, from: 5, records: 3 },
      { name: 'batchFailed', topic: 'in', partition: 1, attempt: 2, reason: 'why' },
      { name: 'recordRejected', topic: 'in', place: 'in/1@9', reason: 'why' },
      { name: 'busSessionLost', topic: 'in', partition: 1, reason: 'why' },
    ]);
  });

  it('is an outage once for each reason, and its end with how long it was', () => {
    const { notices, happenings, clock } = setUp();
    const { notice } = notices.watch('in');
    const fail = (partition: number, why: string) => notice({ kind: 'session-lost', partition, error: new Error(why) });
    fail(3, 'Closed connection');
    for (let i = 0; i < 3; i += 1) fail(-1, 'refused');
    clock.now = 41_200;
    for (const partition of [0, 1]) notice({ kind: 'assigned', partition });
    fail(-1, 'refused');
    expect(happenings).toEqual([
      { name: 'busSessionLost', topic: 'in', partition: 3, reason: 'Closed connection' },
      { name: 'busSessionLost', topic: 'in', reason: 'refused' },
      { name: 'busSessionLost', topic: 'in', reason: 'refused', again: 1 },
      { name: 'busSessionLost', topic: 'in', reason: 'refused', again: 2 },
      { name: 'busSessionRegained', topic: 'in', seconds: 41, failures: 4 },
      { name: 'busSessionLost', topic: 'in', reason: 'refused' },
    ]);
    expect(happenings.map((one) => logOf(one)).map(({ level }) => level)).toEqual([
      'warn',
      'warn',
      'debug',
      'debug',
      'info',
      'warn',
    ]);
  });

  it('ends the process where only a person can help', () => {
    const given: UserError[] = [];
    const { notices, happenings } = setUp((error) => given.push(error));
    const error = new UserError('records that nobody can read', { fix: 'set something' });
    const { notice } = notices.watch('in');
    notice({ kind: 'session-lost', partition: 1, error: new Error('passes') });
    expect(given).toEqual([]);
    notice({ kind: 'session-lost', partition: 1, error });
    expect(given).toEqual([error]);
    expect(happenings.map((one) => logOf(one))).toMatchObject([
      { level: 'warn', sentence: 'lost the session on in/1, taking it up again: passes' },
      { level: 'error', sentence: 'lost the session on in/1, and this process ends: records that nobody can read' },
    ]);
  });
});
