import { z } from 'zod';
import type { ProcessStatus } from '../../alerting/feed/status-board.ts';
import { type MetricsFormat, metricsIn } from '../../shared/telemetry/prometheus.ts';

const exemplarSchema = z.object({ value: z.number(), at: z.number(), traceId: z.string().regex(/^[0-9a-f]{32}$/) });
const bucketSchema = z.object({ le: z.number().optional(), count: z.number(), exemplar: exemplarSchema.optional() });
const histogramSchema = z.object({ buckets: z.array(bucketSchema).max(100), sum: z.number() });
const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.enum(['counter', 'gauge', 'histogram']),
  value: z.number(),
  attributes: z.record(z.string(), z.string()),
  histogram: histogramSchema.optional(),
});

/** The words of a status board that this needs. */
interface Told {
  list(): readonly Pick<ProcessStatus, 'process' | 'at' | 'status'>[];
}

/** A process that said nothing for so long has no metrics any more, ms. */
const staleMs = 60_000;

/** The metrics of all processes as they last told them in the topic `status`, with `part` and `instance` as labels. */
export function metricsText(board: Told, now: number, format: MetricsFormat = 'prometheus'): string {
  const metrics = board.list().flatMap(({ process, at, status }) => {
    if (now - at > staleMs || !Array.isArray(status.metrics)) return [];
    const [, instance = ''] = /^[^/]*\/(.*)$/.exec(process) ?? [];
    return status.metrics.flatMap((value: unknown) => {
      const metric = metricSchema.safeParse(value);
      if (!metric.success) return [];
      return [{ ...metric.data, attributes: { ...metric.data.attributes, instance } }];
    });
  });
  return metricsIn(format, metrics);
}
