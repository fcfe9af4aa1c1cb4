import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createOtelSink } from '../../alerting/sinks/otel.ts';
import { type OtelCollector, startOtelCollector } from '../support/otel-collector/collector.ts';
import { describeSinkChaos } from '../support/sink-chaos.ts';
import { startSlowLink } from '../support/slow-link.ts';

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-otel-chaos-'));
const headersFile = join(directory, 'headers');
const token = 's3cret-of-the-receiver';

let collector: OtelCollector;
beforeAll(async () => {
  writeFileSync(headersFile, `Authorization: Bearer ${token}\n`);
  collector = await startOtelCollector();
  // Who builds the Collector first waits for that.
}, 900_000);
afterAll(async () => {
  await collector?.stop();
  rmSync(directory, { recursive: true });
});

const json = { 'content-type': 'application/json' };
const taking = { status: 200, headers: json, body: '{}' };
const refusing = { status: 400, headers: json, body: '{"message":"it does not fit"}' };

for (const protocol of ['grpc', 'http/protobuf'] as const)
  describeSinkChaos(
    `otel (${protocol})`,
    async () => {
      const earlier = collector.gathered().logs.length;
      const link = await startSlowLink(protocol === 'grpc' ? collector.ports.grpc : collector.ports.http);
      const afresh = () =>
        createOtelSink({
          name: 'otel',
          url: `http://127.0.0.1:${link.port}`,
          path: 'v1/logs',
          protocol,
          compression: 'none',
          headersFile,
          timeoutMs: 1_000,
          resource: { 'service.name': 'moorwatch' },
          version: '1',
          clock: Date.now,
        });
      return {
        sink: afresh(),
        afresh,
        received: async () =>
          collector
            .gathered()
            .logs.slice(earlier)
            .map(({ attributes }) => String(attributes['moorwatch.update.id'])),
        goAway: link.down,
        comeBack: async () => {
          collector.next.answer = taking;
          await link.mend();
        },
        slow: async () => link.trickle(),
        refuse: async () => {
          collector.next.answer = refusing;
        },
        secrets: [token],
        close: link.close,
      };
    },
    {
      more: {
        'with a Collector that is killed': async (untilFelt) => {
          await collector.kill();
          await untilFelt();
          await collector.start();
        },
      },
    },
  );
