import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Delivery, Sink } from '../../alerting/sinks/sink.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { update } from '../unit/alerting/updates.ts';

/** The world around a sink, as a test of its kind makes it. */
export interface SinkWorld {
  readonly sink: Sink;
  /** Ids of the updates that the receiver has, in the order in which they came. */
  received(): Promise<readonly string[]>;
  /** The receiver is away from now on: nothing can be delivered. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Makes the receiver refuse what comes next for good; absent: this kind of receiver takes everything. */
  refuse?(): Promise<void>;
  /** Makes sending hang until it is aborted; absent: sending takes no time. */
  hang?(): Promise<void>;
  /** What no message of the sink may repeat. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

/** What every sink promises (alerting/sinks/sink.ts); each kind runs this suite. */
export function describeSinkCompliance(make: () => Promise<SinkWorld>): void {
  let world: SinkWorld;
  const never = new AbortController().signal;
  const send = async (one: IncidentUpdate, signal = never): Promise<Delivery> => {
    const delivery = await world.sink.send(one, signal);
    if (delivery.kind !== 'delivered') return delivery;
    return (await world.sink.flush?.(signal)) ?? delivery;
  };

  beforeEach(async () => {
    world = await make();
  });
  afterEach(async () => {
    await world.sink.close?.();
    await world.close();
  });

  it('delivers in order, each message whole and under its idempotency id', async () => {
    for (let n = 0; n < 5; n += 1) expect(await send(update(n))).toEqual({ kind: 'delivered' });
    expect(await world.received()).toEqual([0, 1, 2, 3, 4].map((n) => update(n).id));
  });

  it('delivers names as the attacker wrote them, in one message', async () => {
    const nasty = update(1, { title: 'a\nb\r\n\u0000"\u2028</script>{{x}}' });
    expect(await send(nasty)).toEqual({ kind: 'delivered' });
    expect(await world.received()).toEqual([nasty.id]);
  });

  it('has a message tried again while the receiver is away, and delivers it after', async () => {
    await world.goAway();
    const delivery = await send(update(1));
    expect(delivery.kind).toBe('retry');
    if (delivery.kind === 'retry') expect(delivery.reason.length).toBeGreaterThan(5);
    await world.comeBack();
    expect(await send(update(1))).toEqual({ kind: 'delivered' });
    expect(await world.received()).toEqual([update(1).id]);
  });

  it('repeats no secret in what it says of a failure', async () => {
    await world.goAway();
    const told = JSON.stringify(await send(update(1)));
    for (const secret of world.secrets) expect(told).not.toContain(secret);
  });

  it('says what the receiver will never take, and goes on with the next', async () => {
    if (world.refuse === undefined) return;
    await world.refuse();
    expect((await send(update(1))).kind).toBe('refused');
    await world.comeBack();
    expect(await send(update(2))).toEqual({ kind: 'delivered' });
  });

  it('gives up at once when it is stopped', async () => {
    await world.hang?.();
    const stopping = new AbortController();
    const sending = send(update(1), stopping.signal);
    if (world.hang === undefined) return void (await sending);
    stopping.abort();
    expect(await sending).toMatchObject({ kind: 'retry' });
  });

  it('can be closed with nothing sent, and twice', async () => {
    await world.sink.close?.();
    await world.sink.close?.();
  });
}
