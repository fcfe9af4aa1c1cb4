import type { IncidentUpdate } from '../../shared/incident.ts';
import { type AlertLabels, alertLabels, alertsOf, isFiring } from '../formats/alertmanager.ts';
import { readHeaders } from './headers-file.ts';
import { createHttpReceiver, type HttpOptions, verdict } from './http.ts';
import type { Sink } from './sink.ts';

export interface AlertmanagerSinkOptions extends HttpOptions {
  readonly name: string;
  /** File with one `Name: value` a line, for what stands in front of Alertmanager and wants credentials. */
  readonly headersFile?: string | undefined;
  /** How long an open alert fires without another update. */
  readonly holdMinutes: number;
  /** ms since the epoch. */
  readonly clock: () => number;
}

/** Sends every incident update as an alert of Alertmanager's API v2. */
export function createAlertmanagerSink(options: AlertmanagerSinkOptions): Sink {
  const { name, headersFile, holdMinutes, clock, ...http } = options;
  const headers = headersFile === undefined ? {} : readHeaders(headersFile);
  const receiver = createHttpReceiver(http, Object.values(headers));
  const told = rememberLabels();
  return {
    name,
    send: async (update, signal) => {
      const now = clock();
      const alerts = alertsOf(update, { now, holdMs: holdMinutes * 60_000, before: told.of(update) });
      const request = {
        path: '/api/v2/alerts',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      };
      try {
        const delivery = verdict(await receiver.exchange(request, signal), { now, credentials: 'headersFile' });
        if (delivery.kind === 'delivered') told.keep(update);
        return delivery;
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: async () => receiver.close(),
  };
}

/** Open incidents whose labels are kept; those told longest ago leave. */
const mostKept = 10_000;

/**
 * The labels under which incidents were told, where that was the version before: another process may have told others meanwhile. What is
 * forgotten costs nothing but the end of alerts that never were.
 */
function rememberLabels() {
  const kept = new Map<string, { readonly version: number; readonly labels: AlertLabels }>();
  return {
    of: ({ incident }: IncidentUpdate): AlertLabels | undefined => {
      const known = kept.get(incident.id);
      return known?.version === incident.version - 1 ? known.labels : undefined;
    },
    keep: (update: IncidentUpdate): void => {
      const { id, version } = update.incident;
      kept.delete(id);
      if (isFiring(update)) kept.set(id, { version, labels: alertLabels(update) });
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    },
  };
}
