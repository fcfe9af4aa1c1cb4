import { describe, expect, it } from 'vitest';
import { openWhenReachable } from '../../../../cli/processes/collector-log.ts';
import { connectPatiently } from '../../../../shared/bus/connection.ts';
import { exitCode, UserError } from '../../../../shared/errors.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

/** Brokers that swallow everything: an attempt does not end. */
const connect = (): Promise<never> => new Promise(() => undefined);

describe('a bus that only a person can open', () => {
  it('ends who waits for it, without a word of trying again', async () => {
    const told: string[] = [];
    const telemetry = { ...noTelemetry, happened: ({ name }: { name: string }) => void told.push(name) };
    let attempts = 0;
    const refused = () => {
      attempts += 1;
      return Promise.reject(new UserError('wrong password', { fix: 'correct it', code: exitCode.permission }));
    };
    const { signal } = new AbortController();
    await expect(openWhenReachable({ connect: refused, telemetry, signal })).rejects.toThrow('wrong password');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([attempts, told]).toEqual([1, []]);
  });
});

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
