import { startFeed } from '../../../alerting/feed/server.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { createMemoryBus } from '../../support/memory-bus.ts';
import { produce } from './load.ts';
import { onQuestion, token, type Work } from './protocol.ts';

const bus = createMemoryBus();
let work: Work | undefined;

/** The feed, on a log in memory: the log is measured elsewhere. */
onQuestion(async (question: { readonly work: Work; readonly clients: number } | 'go') => {
  if (question !== 'go') {
    work = question.work;
    const feed = await startFeed({
      bus,
      logName: 'memory',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      token,
      clients: question.clients,
      clock: Date.now,
      version: '1',
      metrics: async () => '',
    });
    await feed.ready;
    return { url: feed.url.replace('http', 'ws') };
  }
  if (work === undefined) throw new Error('no work yet');
  return produce(work, (update) =>
    bus.append('incidents', [{ key: 'h1', value: JSON.stringify(update), at: update.at }]),
  );
});
