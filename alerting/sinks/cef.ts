import { type CefOptions, cefMessage } from '../formats/cef.ts';
import type { Sink } from './sink.ts';
import { createSyslogTransport, mostBytes, type SyslogTransportOptions } from './syslog-transport.ts';

export interface CefSinkOptions extends SyslogTransportOptions, Omit<CefOptions, 'maxBytes'> {
  readonly name: string;
  readonly maxBytes?: number | undefined;
}

/** Sends every incident update in the Common Event Format, as syslog over UDP, TCP or TLS. */
export function createCefSink(options: CefSinkOptions): Sink {
  const transport = createSyslogTransport(options);
  const format = { ...options, maxBytes: mostBytes(options) };
  return {
    name: options.name,
    send: (update, signal) => transport.send({ id: update.id, text: cefMessage(update, format) }, signal),
    flush: (signal) => transport.flush(signal),
    close: () => transport.close(),
  };
}
