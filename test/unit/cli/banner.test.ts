import { expect, test } from 'vitest';
import { bannerLines, watchStart } from '../../../cli/processes/banner.ts';
import { metricsText } from '../../../cli/processes/metrics.ts';
import { createWakeSender } from '../../../cli/processes/wake.ts';
import { createTelemetry } from '../../../shared/telemetry/create.ts';
import type { LogLine } from '../../../shared/telemetry/log-sink.ts';

const monitor = {
  url: 'http://127.0.0.1:7373',
  tokenFile: '/s/feed.token',
  user: 'nobody',
  rules: 40,
  rejectedRules: 1,
  advice: [],
};
const away = {
  name: 'engineUnreachable',
  endpoint: 'unix:///x',
  reason: 'there is no socket',
  fix: 'start Docker',
} as const;
const found = {
  name: 'engineFound',
  endpoint: 'unix:///x',
  how: 'DOCKER_HOST',
  version: '20.10',
  api: '1.41',
} as const;

function setUp() {
  const lines: LogLine[] = [];
  const watch = watchStart({ write: (line) => void lines.push(line) });
  return { lines, watch, telemetry: createTelemetry({ part: 'collector', log: watch.log }) };
}

test('the banner says what is watched, what is seen and what is missing, and the log does not repeat it', async () => {
  const { lines, watch, telemetry } = setUp();
  telemetry.happened(found);
  telemetry.happened({ name: 'sensorStarted', sensor: 'exec' });
  telemetry.happened({ name: 'sensorUnavailable', sensor: 'connections', reason: 'no \u001b/proc' });
  await watch.engineKnown;
  const text = bannerLines({
    version: '1',
    sight: watch.sight(),
    coverage: { engine: 'full', procfs: 'none' },
    monitor,
    log: '/s/db',
    unseparated: undefined,
    printFrom: 'medium' as const,
  }).join('\n');
  expect(text).toContain('engine    unix:///x (DOCKER_HOST), version 20.10, API 1.41');
  expect(text).toContain('coverage  engine full · procfs none');
  expect(text).toContain('not seen  connections: no \\u{1b}/proc');
  expect(text).toContain('rules     40 loaded, 1 refused');
  expect(text).toContain('runs as nobody');
  expect(text).toContain('watching');
  expect(lines).toEqual([]);
});

test('without an engine the banner says what to do, and an engine that stays away is not told again', () => {
  const { lines, watch, telemetry } = setUp();
  telemetry.happened(away);
  const text = bannerLines({
    version: '1',
    sight: watch.sight(),
    coverage: { engine: 'full', procfs: 'none' },
    monitor,
    log: '/s/db',
    unseparated: 'no root',
    printFrom: 'medium' as const,
  }).join('\n');
  expect(text).toContain('none at unix:///x: there is no socket\n            start Docker');
  expect(text).toContain('not separated: no root');
  watch.announced();
  for (let i = 0; i < 5; i++) telemetry.happened(away);
  telemetry.happened(found);
  telemetry.happened(away);
  expect(lines.map(({ happening }) => happening.name)).toEqual(['engineFound', 'engineUnreachable']);
});

test('wakes are gathered per turn, only topics that the other side reads', () => {
  const turns: (() => void)[] = [];
  const sent: (readonly string[])[] = [];
  const wake = createWakeSender({
    topics: ['observations', 'status'],
    send: (topics) => void sent.push(topics),
    defer: (run) => void turns.push(run),
  });
  wake(['collector-state']);
  expect(turns).toHaveLength(0);
  wake(['observations']);
  wake(['observations', 'status', 'findings']);
  expect(turns).toHaveLength(1);
  turns[0]?.();
  wake(['status']);
  turns[1]?.();
  expect(sent).toEqual([['observations', 'status'], ['status']]);
});

test('metrics of all processes are one text; the silent and the malformed are left out', () => {
  const metric = { name: 'moorwatch_a_total', help: 'A.', type: 'counter', value: 1, attributes: { part: 'analyzer' } };
  const board = {
    list: () => [
      { process: 'analyzer/h1', at: 100_000, status: { metrics: [metric, { name: 1 }] } },
      { process: 'analyzer/h2', at: 100_000, status: { metrics: [metric] } },
      { process: 'analyzer/gone', at: 1, status: { metrics: [metric] } },
      { process: 'collector/h1', at: 100_000, status: {} },
    ],
  };
  expect(metricsText(board, 120_000)).toBe(
    '# HELP moorwatch_a_total A.\n# TYPE moorwatch_a_total counter\n' +
      'moorwatch_a_total{instance="h1",part="analyzer"} 1\nmoorwatch_a_total{instance="h2",part="analyzer"} 1\n',
  );
});
