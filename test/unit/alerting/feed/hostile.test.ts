import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUpdate } from '../../../../alerting/feed/live.ts';
import { sseDialect, webSocketDialect } from '../../../../alerting/feed/protocol.ts';
import { serverEvents } from '../../../../cli/client/sse.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { hostileUpdate } from '../formats/hostile.ts';
import { incidentRecord } from '../updates.ts';

const spaces = fc.constantFrom(undefined, 1, '\t');
/** As the log has it; numbers that JSON does not know are not what is looked at here. */
const logged = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? 1 : one))) as T;

test('whatever an attacker calls things, and however its record is written, an update is one event and one frame', async () => {
  await fc.assert(
    fc.asyncProperty(hostileUpdate, spaces, async (one, indent) => {
      const told = logged(one);
      const lineEnds = JSON.stringify(told, null, indent).replaceAll('\n', '\r\n');
      const record = {
        ...incidentRecord(lineEnds),
        topic: 'incidents',
        partition: 0,
        offset: 1,
        headers: {},
        logged: 1,
      };
      const read = readUpdate(record, noTelemetry);
      if (read === undefined) throw new Error('it can be read');
      const event = { sub: 'all', seq: 1, cursor: 'c1', data: read.text };

      const text = sseDialect.event(event);
      expect(Buffer.from(text).toString()).toBe(text);
      const events = [];
      for await (const found of serverEvents(chunks(text))) events.push(found);
      expect(events.map(({ id, event: type }) => [id, type])).toEqual([['c1', 'incident']]);
      expect(JSON.parse(events[0]?.data ?? '')).toEqual({ seq: 1, cursor: 'c1', data: told });

      expect(JSON.parse(webSocketDialect.event(event))).toEqual({ type: 'event', ...event, data: told });
    }),
    { numRuns: 60 },
  );
});

async function* chunks(text: string): AsyncGenerator<string> {
  yield text;
}
