import { beforeEach, describe, expect, it } from 'vitest';
import { createOutlet, slownessOf } from '../../../../alerting/feed/outlet.ts';
import { webSocketDialect } from '../../../../alerting/feed/protocol.ts';
import type { Severity } from '../../../../shared/finding.ts';
import type { FeedMessage } from '../../../support/feed-client.ts';

const slowness = slownessOf(100);

describe('a client that does not keep up', () => {
  let sent: FeedMessage[];
  let waiting: number;
  let gaveUp: number;
  let dropped: number[];
  const make = () =>
    createOutlet({
      sub: 's',
      dialect: webSocketDialect,
      slowness,
      onDropped: (count) => dropped.push(count),
      wire: {
        send: (text) => sent.push(JSON.parse(text) as FeedMessage),
        buffered: () => waiting,
        giveUp: () => {
          gaveUp += 1;
        },
      },
    });
  const event = (n: number, severity: Severity) => ({
    before: `c${n - 1}`,
    cursor: `c${n}`,
    data: `{"id":"${n}"}`,
    severity,
  });

  beforeEach(() => {
    sent = [];
    dropped = [];
    waiting = 0;
    gaveUp = 0;
  });

  it('loses low severities first and is told once, before the next event', () => {
    const outlet = make();
    outlet.event(event(1, 'low'));
    waiting = slowness.dropLow + 1;
    outlet.event(event(2, 'low'));
    outlet.event(event(3, 'medium'));
    outlet.event(event(4, 'high'));
    expect(sent.map(({ type }) => type)).toEqual(['event', 'gap', 'event']);
    expect(sent[1]).toEqual({ type: 'gap', sub: 's', from: 'c1', to: 'c3', dropped: 2, reason: 'slow' });
    expect(sent.map(({ seq }) => seq)).toEqual([1, undefined, 2]);
    expect(dropped).toEqual([2]);
  });

  it('gets only what is critical when it is far behind', () => {
    const outlet = make();
    waiting = slowness.dropHigh + 1;
    outlet.event(event(1, 'high'));
    outlet.event(event(2, 'critical'));
    expect(sent.map(({ type }) => type)).toEqual(['gap', 'event']);
  });

  it('is told of the loss once it takes bytes again, even when nothing comes', () => {
    const outlet = make();
    waiting = slowness.dropLow + 1;
    outlet.event(event(1, 'low'));
    outlet.settle();
    expect(sent).toEqual([]);
    waiting = 0;
    outlet.settle();
    outlet.settle();
    expect(sent).toEqual([{ type: 'gap', sub: 's', from: 'c0', to: 'c1', dropped: 1, reason: 'slow' }]);
  });

  it('loses its connection in the end', () => {
    const outlet = make();
    waiting = slowness.giveUp + 1;
    outlet.event(event(1, 'critical'));
    expect([gaveUp, sent]).toEqual([1, []]);
  });
});
