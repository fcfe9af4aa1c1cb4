import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counterFamilies } from '../../shared/telemetry/counters.ts';
import { createTelemetry } from '../../shared/telemetry/create.ts';
import { prometheusText } from '../../shared/telemetry/prometheus.ts';

const run = promisify(execFile);
const rules = resolve('compose/prometheus-rules.yml');

describe('what Prometheus gets, judged by its own promtool', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'moorwatch-prometheus-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('takes the alerts that are shipped', async () => {
    expect((await run('promtool', ['check', 'rules', rules])).stdout).toContain('12 rules found');
  });

  it('has them silent when all is well, and each fires when it is to', async () => {
    const tests = join(directory, 'rules.test.yml');
    writeFileSync(tests, readFileSync('test/fixtures/prometheus/rules.test.yml', 'utf8').replace('RULES', rules));
    expect((await run('promtool', ['test', 'rules', tests])).stdout).toContain('SUCCESS');
  });

  it('reads the metrics without complaint', async () => {
    const telemetry = createTelemetry({
      part: 'alerting',
      log: { write: () => undefined },
      usage: () => ({ residentBytes: 1, cpuSeconds: 2 }),
    });
    telemetry.gauge('incidents_open', 'Incidents that are open.', () => [{ value: 3 }]);
    telemetry.happened({ name: 'delivered', sink: 'a"\\\n', latency: { seconds: 0.3, at: 1 } });
    telemetry.happened({ name: 'deliveryRetried', sink: 'siem', reason: 'away', afterMs: 1 });
    const { code, told } = await checkMetrics(prometheusText(telemetry.snapshot()));
    expect({ code, told }).toEqual({ code: 0, told: '' });
  });

  it('has no complaint about any counter that may come', async () => {
    const counters = counterFamilies.map((family) => ({
      ...family,
      type: 'counter' as const,
      value: 1,
      attributes: {},
    }));
    const { code, told } = await checkMetrics(prometheusText(counters));
    expect({ code, told }).toEqual({ code: 0, told: '' });
    expect(counters.length).toBeGreaterThan(50);
  });
});

function checkMetrics(text: string): Promise<{ code: number | null; told: string }> {
  return new Promise((done, reject) => {
    const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (told += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => done({ code, told }));
    child.stdin.end(text);
  });
}
