import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFeed } from '../../../alerting/feed/server.ts';
import type { Bus } from '../../../shared/bus/port.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { runMoorwatch } from './run.ts';

export const feedToken = 'a-token-of-sufficient-length-1234567';

/** A feed in this process over a log of the test's, with the state directory in which the CLI finds its token. */
export async function startFeedLab({
  bus,
  clock = Date.now,
  startsApart = true,
}: {
  readonly bus: Bus;
  readonly clock?: () => number;
  readonly startsApart?: boolean;
}) {
  const feed = await startFeed({
    bus,
    logName: 'the log',
    telemetry: noTelemetry,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    allowedOrigins: [],
    token: feedToken,
    clock,
    version: '1',
    startsApart,
    metrics: async () => '',
  });
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-feed-'));
  writeFileSync(join(directory, 'feed.token'), feedToken, { mode: 0o600 });
  const common = ['--config', '/dev/null', '--state-dir', directory];
  return {
    feed,
    directory,
    file: (name: string) => join(directory, name),
    /** `moorwatch <command…> …` of this feed. */
    run: (command: readonly string[], ...args: readonly string[]) =>
      runMoorwatch([...common, ...command, '--port', new URL(feed.url).port, ...args]),
    /** The same in an environment. */
    runIn: (variables: Readonly<Record<string, string>>, command: readonly string[], ...args: readonly string[]) =>
      runMoorwatch([...common, ...command, '--port', new URL(feed.url).port, ...args], variables),
    async stop(): Promise<void> {
      await feed.stop();
      rmSync(directory, { recursive: true });
    },
  };
}
