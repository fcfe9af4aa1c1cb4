import { z } from 'zod';
import { syslogFacilities } from '../../syslog-facility.ts';
import { http } from './http.ts';

const syslogAddress = z.string().refine((text) => {
  const port = /^(?:udp|tcp|tls):\/\/(?:\[[\da-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text);
  return port !== null && Number(port[1] ?? 1) > 0 && Number(port[1] ?? 1) < 65_536;
}, 'must be udp://, tcp:// or tls:// with host and port, such as tls://siem.example:6514');

/** Of every sink that speaks syslog. */
const overSyslog = {
  url: syslogAddress,
  timeoutMs: http.timeoutMs,
  ca: http.ca,
  cert: http.cert,
  key: http.key,
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe('name that the receiver’s certificate must have; default: the host of url'),
  facility: z.enum(syslogFacilities).default('local0').describe('of syslog and cef'),
  maxBytes: z
    .number()
    .int()
    .min(1_024)
    .max(65_507)
    .optional()
    .describe('longest message of syslog and cef; default: 2048 over UDP, 8192 over TCP and TLS'),
};
interface OverTls {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly serverName?: string | undefined;
}
/** Certificates beside an address without TLS would be a promise that nobody keeps. */
function checkTls(config: OverTls, context: z.RefinementCtx): void {
  const { url, cert, key } = config;
  for (const name of ['ca', 'cert', 'key', 'serverName'] as const) {
    if (config[name] === undefined || url.toLowerCase().startsWith('tls:')) continue;
    context.addIssue({ code: 'custom', path: [name], message: 'only with a tls:// address' });
  }
  const missing = cert === undefined ? 'cert' : 'key';
  if ((cert === undefined) !== (key === undefined))
    context.addIssue({ code: 'custom', path: [missing], message: 'cert and key go together: one is missing' });
}
export const syslog = z
  .strictObject({
    type: z.literal('syslog'),
    ...overSyslog,
    enterpriseNumber: z
      .number()
      .int()
      .min(1)
      .max(4_294_967_295)
      .default(32_473)
      .describe('IANA private enterprise number in the names of structured data; default: the one for documentation'),
  })
  .superRefine(checkTls);
export const cef = z
  .strictObject({
    type: z.literal('cef'),
    ...overSyslog,
    header: z.enum(['rfc5424', 'rfc3164']).default('rfc5424').describe('syslog header in front of CEF'),
  })
  .superRefine(checkTls);
