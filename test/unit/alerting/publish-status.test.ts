import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { publishStatus } from '../../../alerting/publish-status.ts';
import type { SinkStatus } from '../../../alerting/sinks/run.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { createMemoryBus } from '../../support/memory-bus.ts';

describe('the status of alerting', () => {
  it('is withdrawn last of all, after what was still being written', async () => {
    const bus = createMemoryBus();
    const asked = new EventEmitter();
    const idle: SinkStatus = { name: 's', type: 'file', state: 'idle', backlog: 0 };
    const sink = { status: () => once(asked, 'answer').then(() => idle), stop: () => Promise.resolve() };
    const failures: unknown[] = [];
    const stop = publishStatus({
      bus,
      instance: 'x',
      url: 'http://localhost',
      sinks: [sink],
      telemetry: noTelemetry,
      clock: () => 7,
      onFailure: (error) => failures.push(error),
    });
    const stopped = stop();
    asked.emit('answer');
    await stopped;
    expect(bus.all('status').map(({ key, value }) => [key, value === null])).toEqual([
      ['alerting/x', false],
      ['alerting/x', true],
    ]);
    expect(failures).toEqual([]);
    await bus.close();
  });
});
