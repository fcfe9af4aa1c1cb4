import type { Bucket, Histogram, Metric } from './telemetry.ts';

/** The Prometheus text exposition format 0.0.4, or OpenMetrics 1.0.0, which alone has exemplars. */
export type MetricsFormat = 'prometheus' | 'openmetrics';

export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What a scraper asks for (Accept). */
export const formatFor = (accept: string | undefined): MetricsFormat =>
  accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus';

interface Family {
  readonly help: string;
  readonly type: Metric['type'];
  /** By label text. */
  readonly series: Map<string, Metric>;
}

/**
 * All series of a name together under one HELP and TYPE, in the order first seen. The same series from two processes is one: counters add up, of
 * gauges and histograms the last stays. What is no number is left out.
 */
export function metricsIn(format: MetricsFormat, metrics: readonly Metric[]): string {
  const lines = [...familiesOf(metrics)].flatMap(([name, family]) => familyLines(name, family, format));
  return [...lines, ...(format === 'openmetrics' ? ['# EOF'] : [])].map((line) => `${line}\n`).join('');
}

export const prometheusText = (metrics: readonly Metric[]): string => metricsIn('prometheus', metrics);

function familiesOf(metrics: readonly Metric[]): ReadonlyMap<string, Family> {
  const families = new Map<string, Family>();
  for (const metric of metrics) {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric.name) || !Number.isFinite(metric.value)) continue;
    const { help, type } = metric;
    const family = families.get(metric.name) ?? { help, type, series: new Map<string, Metric>() };
    families.set(metric.name, family);
    const labels = labelText(metric.attributes);
    const known = family.type === 'counter' ? (family.series.get(labels)?.value ?? 0) : 0;
    family.series.set(labels, { ...metric, value: known + metric.value });
  }
  return families;
}

function familyLines(name: string, { help, type, series }: Family, format: MetricsFormat): readonly string[] {
  // OpenMetrics names the family of a counter without the suffix of its series.
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${family} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${family} ${type}`,
    ...[...series.values()].flatMap(({ value, attributes, histogram }) =>
      type === 'histogram'
        ? histogramLines(name, { attributes, histogram }, format)
        : [`${name}${labelText(attributes)} ${value}`],
    ),
  ];
}

function histogramLines(
  name: string,
  { attributes, histogram }: { readonly attributes: Metric['attributes']; readonly histogram: Histogram | undefined },
  format: MetricsFormat,
): readonly string[] {
  if (histogram === undefined) return [];
  const labels = labelText(attributes);
  return [
    ...histogram.buckets.map((bucket) => {
      const le = bucket.le === undefined ? '+Inf' : String(bucket.le);
      return `${name}_bucket${labelText({ ...attributes, le })} ${bucket.count}${format === 'openmetrics' ? exemplarText(bucket) : ''}`;
    }),
    `${name}_sum${labels} ${histogram.sum}`,
    `${name}_count${labels} ${histogram.buckets.at(-1)?.count ?? 0}`,
  ];
}

const exemplarText = ({ exemplar }: Bucket): string =>
  exemplar === undefined ? '' : ` # {trace_id="${exemplar.traceId}"} ${exemplar.value} ${exemplar.at / 1_000}`;

function labelText(attributes: Readonly<Record<string, string>>): string {
  const labels = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^\d/, '_')}="${escapeLabel(value)}"`);
  return labels.length === 0 ? '' : `{${labels.join(',')}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
