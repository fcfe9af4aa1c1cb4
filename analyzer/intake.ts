import { z } from 'zod';
import type { Batch, BusGap, BusRecord, Output, StateChange } from '../shared/bus/port.ts';
import { busGapHeader, isTick } from '../shared/bus/port.ts';
import { placeOf, rejection } from '../shared/bus/rejection.ts';
import { baselineDecisionSchema, decisionHeader } from '../shared/decision.ts';
import { readDecision } from '../shared/decision-record.ts';
import { messageOf } from '../shared/errors.ts';
import { deriveId } from '../shared/hash.ts';
import { decodeObservation, type HostRef, type Observation } from '../shared/observation.ts';
import type { Happening } from '../shared/telemetry/happenings.ts';
import { createHeartbeats, type Heartbeats } from './heartbeats.ts';
import { createSeen, type Seen } from './seen.ts';
import type { Step } from './step.ts';
import { createTable, entityKey, type Restored, type Table } from './table.ts';

/** What a batch of records comes down to. */
export interface Intake {
  readonly steps: readonly Step[];
  /** Records that are no observations, for the topic `rejected`. */
  readonly rejected: readonly Output[];
  readonly happenings: readonly Happening[];
  readonly state: readonly StateChange[];
  readonly nextWake: number | undefined;
  /** The hosts that speak in this partition. */
  hosts(): readonly HostRef[];
}

interface Clock {
  readonly now: number;
}

/** State of the intake of one partition: record time, the hosts that speak, the ids seen. */
export interface IntakeState {
  readonly partition: number;
  readonly clock: Table<Clock>;
  readonly heartbeats: Heartbeats;
  readonly seen: Seen;
}

const clockKey = entityKey('-', 'clock');
const clockSchema = z.object({ now: z.number() });
const busGapSchema = z.object({ topic: z.string(), partition: z.number(), from: z.number(), to: z.number() });

export function restoreIntake(restored: Restored): IntakeState {
  return {
    partition: restored.partition,
    clock: createTable<Clock>({
      ...restored,
      part: 'clock',
      parse: (value) => clockSchema.parse(value),
      cap: 1,
      worth: () => 0,
    }),
    heartbeats: createHeartbeats(restored),
    seen: createSeen(restored),
  };
}

/** Records → steps: reads them, moves record time on, drops what was seen before, and puts in the gaps that nobody else can tell. */
export function takeIn(state: IntakeState, batch: Batch): readonly [IntakeState, Intake] {
  const steps: Step[] = [];
  const rejected: Output[] = [];
  const happenings: Happening[] = [];
  let duplicates = 0;

  for (const record of batch.records) {
    const before = state.clock.get(clockKey)?.now ?? record.logged;
    const now = Math.max(before, record.logged);
    if (state.clock.get(clockKey)?.now !== now) state.clock.set(clockKey, { now });
    for (const gap of state.heartbeats.silent(now)) steps.push({ now, observation: gap });
    try {
      if (record.headers[decisionHeader] !== undefined) {
        const decision = readDecision(record, baselineDecisionSchema);
        if (state.seen.isNew(decision.host.id, `decision/${decision.id}`, now)) steps.push({ now, decision });
        else duplicates += 1;
      } else {
        for (const observation of read(state, record, { before, now })) {
          if (observation.kind === 'heartbeat') steps.push(...heard(state, observation, now));
          else if (state.seen.isNew(observation.host.id, observation.id, now)) steps.push({ now, observation });
          else duplicates += 1;
        }
      }
      // A record that brings nothing (a tick, what was seen before) still moves time on.
      if (steps.at(-1)?.now !== now) steps.push({ now });
    } catch (error) {
      const reason = messageOf(error);
      rejected.push(rejection(record, error));
      happenings.push({ name: 'recordRejected', topic: record.topic, place: placeOf(record), reason });
      steps.push({ now });
    }
  }
  if (duplicates > 0) happenings.push({ name: 'duplicatesDropped', count: duplicates });
  const analyzed = steps.filter((step) => step.observation !== undefined).length;
  if (analyzed > 0) happenings.push({ name: 'observationsAnalyzed', count: analyzed });

  const tables = [state.clock, state.heartbeats.table, state.seen.table];
  const evicted = tables.reduce((sum, table) => sum + table.takeEvicted(), 0);
  if (evicted > 0) happenings.push({ name: 'stateEvicted', part: 'intake', count: evicted });
  const intake: Intake = {
    steps,
    rejected,
    happenings,
    state: tables.flatMap((table) => table.takeChanges()),
    nextWake: state.heartbeats.table.next(),
    hosts: () => state.heartbeats.hosts(),
  };
  return [state, intake];
}

/** There are many heartbeats, and hearing one twice does no harm: nobody remembers them. */
const heard = ({ heartbeats }: IntakeState, observation: Observation, now: number): readonly Step[] =>
  [observation, ...heartbeats.beat(observation, now)].map((one) => ({ now, observation: one }));

function read(
  state: IntakeState,
  record: BusRecord,
  time: { readonly before: number; readonly now: number },
): readonly Observation[] {
  if (isTick(record)) return [];
  if (record.headers[busGapHeader] === undefined) return [decodeObservation(record.value, placeOf(record))];
  const gap = busGapSchema.parse(JSON.parse(record.value ?? 'null'));
  return state.heartbeats.hosts().map((host) => overrun(host, gap, time));
}

/** Retention deleted records before they were analyzed: what was in them nobody knows, so every host of the partition is told blind. */
function overrun(host: HostRef, gap: BusGap, time: { readonly before: number; readonly now: number }): Observation {
  const lost = gap.to - gap.from;
  return {
    id: deriveId('gap', host.id, 'log-retention', gap.topic, gap.partition, gap.from, gap.to),
    kind: 'gap',
    at: time.now,
    event: { source: 'monitor', action: 'gap' },
    host,
    gap: {
      from: time.before,
      to: time.now,
      reason: 'log-retention',
      scope: ['events', 'exec', 'connections', 'resources'],
      lost,
      text: `${lost} records of ${gap.topic}/${gap.partition} were deleted by retention before they were analyzed`,
    },
  };
}
