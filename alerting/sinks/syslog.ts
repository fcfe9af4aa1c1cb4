import { type SyslogOptions, syslogMessage } from '../formats/syslog.ts';
import type { Sink } from './sink.ts';
import { createSyslogTransport, mostBytes, type SyslogTransportOptions } from './syslog-transport.ts';

export interface SyslogSinkOptions extends SyslogTransportOptions, Omit<SyslogOptions, 'maxBytes'> {
  readonly name: string;
  readonly maxBytes?: number | undefined;
}

/** Sends every incident update as a message of RFC 5424, over UDP, TCP or TLS. */
export function createSyslogSink(options: SyslogSinkOptions): Sink {
  const transport = createSyslogTransport(options);
  const format = { ...options, maxBytes: mostBytes(options) };
  return {
    name: options.name,
    send: (update, signal) => transport.send({ id: update.id, text: syslogMessage(update, format) }, signal),
    flush: (signal) => transport.flush(signal),
    close: () => transport.close(),
  };
}
