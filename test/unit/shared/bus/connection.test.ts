import { describe, expect, it } from 'vitest';
import { openWhenReachable } from '../../../../cli/processes/collector-log.ts';
import { connectPatiently } from '../../../../shared/bus/connection.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

/** Brokers that swallow everything: an attempt does not end. */
const connect = (): Promise<never> => new Promise(() => undefined);

describe('a bus that nobody opens', () => {
  it('is given up when told to stop, before or during an attempt that does not end', async () => {
    const stopping = new AbortController();
    const waiting = openWhenReachable({ connect, telemetry: noTelemetry, signal: stopping.signal });
    stopping.abort();
    await expect(waiting).rejects.toThrow();
    const late = connectPatiently({ connect, telemetry: noTelemetry, signal: stopping.signal });
    await expect(late.bus).rejects.toThrow();
  });
});
