import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../../shared/config/schema.ts';

const problemsOf = (sink: object): readonly string[] =>
  (configSchema.safeParse({ sinks: { siem: sink } }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const told = (field: string): readonly string[] => [
  `sinks.siem.url: is not encrypted, and ${field} would be sent there: begin it with https://, or set allowUnencrypted: true`,
];

describe('a credential that everybody on the way could read', () => {
  it.each([
    [{ type: 'webhook', headersFile: '/h' }, 'headersFile'],
    [{ type: 'alertmanager', headersFile: '/h' }, 'headersFile'],
    [{ type: 'elasticsearch', user: 'u', passwordFile: '/p' }, 'passwordFile'],
    [{ type: 'elasticsearch', apiKeyFile: '/k' }, 'apiKeyFile'],
    [{ type: 'splunk', tokenFile: '/t' }, 'tokenFile'],
    [{ type: 'pagerduty', routingKeyFile: '/r' }, 'routingKeyFile'],
  ])('is refused unless it is allowed: %o', (sink, field) => {
    for (const url of [
      'http://siem.example/',
      'http://10.0.0.1:8088/',
      'http://[fe80::1]/',
      'http://localhost.example/',
    ])
      expect(problemsOf({ ...sink, url })).toEqual(told(field));
    expect(problemsOf({ ...sink, url: 'http://siem.example/', allowUnencrypted: false })).toEqual(told(field));
    for (const url of [
      'https://siem.example/',
      'http://127.0.0.1:1/',
      'http://127.1/',
      'http://[::1]/',
      'http://LOCALHOST/',
      'http://localhost.:1/',
      'http://siem.localhost./',
    ])
      expect(problemsOf({ ...sink, url })).toEqual([]);
    expect(problemsOf({ ...sink, url: 'http://siem.example/', allowUnencrypted: true })).toEqual([]);
  });

  it('may stand in the address, and is not repeated', () => {
    for (const who of ['user:secret', 'user', ':secret'])
      expect(problemsOf({ type: 'webhook', url: `http://${who}@siem.example/` })).toEqual(
        told('its user and password'),
      );
    expect(problemsOf({ type: 'webhook', url: 'https://user:secret@siem.example/' })).toEqual([]);
    expect(problemsOf({ type: 'webhook', url: 'http://user:secret@127.0.0.1/' })).toEqual([]);
    expect(problemsOf({ type: 'webhook', url: 'http://u:s@siem.example/', allowUnencrypted: true })).toEqual([]);
  });

  it('is the path of a heartbeat: who reads it may beat for us', () => {
    const field = 'its path, which is a secret of heartbeats,';
    for (const url of ['http://beats.example/uuid', 'http://beats.example/?token=x'])
      expect(problemsOf({ type: 'heartbeat', url })).toEqual(told(field));
    expect(problemsOf({ type: 'heartbeat', url: 'http://u:p@beats.example/' })).toEqual(told('its user and password'));
    expect(problemsOf({ type: 'heartbeat', url: 'http://beats.example/uuid', allowUnencrypted: true })).toEqual([]);
    for (const url of ['https://beats.example/uuid', 'http://127.0.0.1:8000/uuid', 'http://beats.example'])
      expect(problemsOf({ type: 'heartbeat', url })).toEqual([]);
  });

  it('may be for a proxy, however well the receiver is reached', () => {
    const sinks = [
      { type: 'webhook', url: 'https://siem.example/' },
      { type: 'otel', url: 'https://siem.example/' },
      { type: 'heartbeat', url: 'https://beats.example/uuid' },
      { type: 'slack', urlFile: '/u' },
      { type: 'splunk', url: 'https://siem.example/', tokenFile: '/t' },
    ];
    for (const sink of sinks) {
      const through = { ...sink, proxy: 'http://proxy.example:3128', proxyCredentialsFile: '/c' };
      expect(problemsOf(through)).toEqual([
        expect.stringMatching(/^sinks\.siem\.proxy: is not encrypted, and proxyCredentialsFile would be sent there: /),
      ]);
      expect(problemsOf({ ...through, allowUnencrypted: true })).toEqual([]);
      expect(problemsOf({ ...through, proxy: 'http://127.0.0.1:3128' })).toEqual([]);
      expect(problemsOf({ ...sink, proxy: 'http://proxy.example:3128' })).toEqual([]);
    }
    const both = { type: 'webhook', url: 'http://siem.example/', headersFile: '/h', proxyCredentialsFile: '/c' };
    expect(problemsOf({ ...both, proxy: 'http://proxy.example:3128' })).toHaveLength(2);
  });

  it('hides no other problem: what is no address is one with its place', () => {
    for (const url of ['siem.example/x', 'http://', '', 'http://[::'])
      expect(problemsOf({ type: 'webhook', url, headersFile: '/h' })).toEqual([
        expect.stringMatching(/^sinks\.siem\.url: /),
      ]);
  });

  it('is none where nothing is sent but the message, or what signs it', () => {
    expect(problemsOf({ type: 'webhook', url: 'http://siem.example/', secretFile: '/s' })).toEqual([]);
    expect(problemsOf({ type: 'alertmanager', url: 'http://alertmanager.example:9093' })).toEqual([]);
  });
});
