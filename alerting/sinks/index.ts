import type { SinkConfig } from '../../shared/config/schema.ts';
import { createFileSink } from './file.ts';
import type { Sink } from './sink.ts';
import { createWebhookSink } from './webhook.ts';

/** A sink as configured under `sinks.<name>`. One line per kind. */
export function createSink(name: string, config: SinkConfig, clock: () => number): Sink {
  switch (config.type) {
    case 'webhook':
      return createWebhookSink({ ...config, name, clock });
    case 'file':
      return createFileSink({ ...config, name });
  }
}
