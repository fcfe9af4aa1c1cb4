import { Observable, type Subscriber } from 'rxjs';
import { MalformedError } from '../../shared/errors.ts';
import type { HostRef, Observation } from '../../shared/observation.ts';
import type { Redactor } from '../../shared/redact.ts';
import type { EngineClient } from '../engine/client.ts';
import { execFacts } from '../engine/facts/exec.ts';
import type { FeedItem } from '../engine/feed.ts';
import { containerAt, type KnownContainer } from '../engine/inventory.ts';
import type { Patient } from '../procfs/patient.ts';
import type { Sensor } from '../sensor.ts';
import { createActivity } from './changes/activity.ts';
import { type DiffContext, diffOf } from './changes/diff.ts';
import { createDiffSchedule, type ScheduleOptions } from './changes/schedule.ts';
import { createSeenChanges } from './changes/seen.ts';
import { withoutSecrets } from './exec.ts';
import { gapObservation } from './gaps.ts';

export interface ChangesOptions extends ScheduleOptions {
  readonly entries: number;
  readonly feed$: Observable<FeedItem>;
  readonly redactor: Redactor;
  readonly patient: Patient;
  readonly rootfs: string;
  readonly procfs: string;
  /** undefined while there is no engine. */
  client(): Pick<EngineClient, 'inspectContainer' | 'changes'> | undefined;
  container(id: string): KnownContainer | undefined;
  now(): number;
  /** What a diff cost, or (`missed`) that one was left out because too many wait. */
  told(cost: DiffCost): void;
}

export interface DiffCost {
  /** Until its entries were looked at. */
  readonly milliseconds: number;
  /** Entries that were not looked at or not told. */
  readonly leftOut: number;
  /** Containers whose last diff was forgotten. */
  readonly evicted: number;
  readonly missed: number;
}

const atOnce = 2;
/** An exec that is still there after so long (a shell that somebody keeps open) is a cause before its end, once. */
const longExecMs = 60_000;

/**
 * What was changed in a container's files, by the engine's diff: after a copy into it, after an exec that ended or lasts, after an attach or a commit. What a
 * container does by itself is seen only along with one of these. Never in a loop: the engine walks through all files that the container wrote.
 */
export function createChangesSensor(options: ChangesOptions): Sensor {
  return {
    name: 'changes',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => new Observable((subscriber) => watch(subscriber, options)),
  };
}

function watch(subscriber: Subscriber<Observation>, options: ChangesOptions): () => void {
  const schedule = createDiffSchedule(options);
  const parts = { activity: createActivity(), seen: createSeenChanges() };
  const unreadable = new Set<string>();
  let host: DiffContext['host'] | undefined;
  let running = 0;
  let timer: NodeJS.Timeout | undefined;
  const diff = async (id: string): Promise<void> => {
    const began = options.now();
    const known = options.container(id);
    const client = options.client();
    if (known === undefined || client === undefined || host === undefined) return schedule.done(id, began, 0);
    // A container that is gone or an engine that is away gives no diff; the watch of the engine says so.
    const diffed = await diffOf(known, { ...options, ...parts, client, host }).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    const milliseconds = options.now() - began;
    schedule.done(id, options.now(), milliseconds);
    if (diffed instanceof MalformedError && !unreadable.has(id) && !subscriber.closed)
      subscriber.next(gap(known, host, { from: began, to: options.now(), text: diffed.message }));
    if (diffed instanceof MalformedError) unreadable.add(id);
    if (diffed instanceof Error || subscriber.closed) return;
    unreadable.delete(id);
    options.told({ milliseconds, leftOut: diffed.leftOut, evicted: parts.seen.takeEvicted(), missed: 0 });
    for (const observation of diffed.observations) subscriber.next(observation);
  };
  const turn = (): void => {
    clearTimeout(timer);
    for (const id of schedule.take(options.now(), atOnce - running)) {
      running += 1;
      void diff(id).finally(() => {
        running -= 1;
        if (!subscriber.closed) turn();
      });
    }
    const next = schedule.next();
    if (next !== undefined && running < atOnce) timer = setTimeout(turn, Math.max(0, next - options.now()));
  };
  const forget = (id: string): void => {
    unreadable.delete(id);
    for (const part of [schedule, parts.activity, parts.seen]) part.forget(id);
  };
  const subscription = options.feed$.subscribe((item) => {
    host = item.kind === 'checkpoint' ? host : item.host;
    if (item.kind === 'vanished') forget(item.known.id);
    if (item.kind !== 'event' || item.prepared.event.type !== 'container') return;
    const id = item.prepared.event.actor;
    if (item.prepared.event.action === 'destroy') return forget(id);
    const cause = note(item, { ...parts, redactor: options.redactor });
    if (cause === undefined) return;
    if (!schedule.want(id, options.now(), cause === 'long-exec' ? longExecMs : undefined))
      options.told({ milliseconds: 0, leftOut: 0, evicted: 0, missed: 1 });
    turn();
  });
  return () => {
    clearTimeout(timer);
    subscription.unsubscribe();
  };
}

/** Said once until a diff can be read again: who writes enough files makes it longer than what is read of an answer. */
function gap(known: KnownContainer, host: HostRef, what: { from: number; to: number; text: string }): Observation {
  const [from, to] = [Math.trunc(what.from), Math.trunc(what.to)];
  const text = `what was changed in the files of a container is not known: ${what.text}`;
  const facts = { from, to, reason: 'diff-unreadable', scope: ['files'], text } as const;
  return { ...gapObservation(host, facts, known.id), ...containerAt(known, to) };
}

/** Whatever may have put something into a container from outside; an exec has when it ends. */
const causes: ReadonlySet<string> = new Set(['extract-to-dir', 'exec_die', 'attach', 'commit']);

/** Remembers what goes on. undefined: a diff is not worth its cost. */
function note(
  { prepared: { event, exec }, known }: Extract<FeedItem, { kind: 'event' }>,
  { activity, redactor }: Pick<DiffContext, 'activity'> & { readonly redactor: Redactor },
): 'now' | 'long-exec' | undefined {
  const { action, actor, at } = event;
  if (exec !== undefined) {
    const { is_healthcheck } = execFacts(withoutSecrets(exec.inspect, redactor), {
      id: exec.id,
      text: exec.text,
      container: known?.snapshot.container,
      passwd: null,
    });
    if (is_healthcheck) return undefined;
    if (action === 'exec_start') {
      activity.execBegan(actor, exec.id, at);
      return 'long-exec';
    }
    if (action === 'exec_die') activity.execEnded(actor, exec.id, at);
  }
  if (action === 'extract-to-dir') activity.copied(actor, at);
  return causes.has(action) ? 'now' : undefined;
}
