import type { Metric } from './telemetry.ts';

interface Family {
  readonly help: string;
  readonly type: Metric['type'];
  /** Value by label text. */
  readonly series: Map<string, number>;
}

/**
 * The Prometheus text exposition format 0.0.4: all series of a name together under one HELP and TYPE, in the order first seen. The same
 * series from two processes is one: counters add up, of gauges the last stays. What is no number is left out.
 */
export function prometheusText(metrics: readonly Metric[]): string {
  const families = new Map<string, Family>();
  for (const metric of metrics) {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric.name) || !Number.isFinite(metric.value)) continue;
    const family = families.get(metric.name) ?? {
      help: metric.help,
      type: metric.type,
      series: new Map<string, number>(),
    };
    families.set(metric.name, family);
    const labels = labelText(metric.attributes);
    const known = family.series.get(labels) ?? 0;
    family.series.set(labels, family.type === 'counter' ? known + metric.value : metric.value);
  }
  return [...families]
    .flatMap(([name, { help, type, series }]) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...[...series].map(([labels, value]) => `${name}${labels} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function labelText(attributes: Readonly<Record<string, string>>): string {
  const labels = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^\d/, '_')}="${escapeLabel(value)}"`);
  return labels.length === 0 ? '' : `{${labels.join(',')}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
