import { type StubReceiver, startStubReceiver } from './stub-receiver.ts';

type Request = Parameters<Extract<StubReceiver['answer'], (request: never) => unknown>>[0];

/** An event as a collector reads it. */
export interface CollectedEvent {
  readonly time?: number;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
  readonly event?: unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * Splunk's HTTP Event Collector as its documentation describes it: tokens, channels, JSON objects one after another, error codes, and
 * indexer acknowledgement, whose ids are true once the events are indexed and forgotten when that was told. No Splunk was at hand.
 */
export interface SplunkCollector {
  readonly stub: StubReceiver;
  /** Of requests that were taken, in their order. */
  readonly events: CollectedEvent[];
  /** Whether the token gives acknowledgements. */
  hasAcknowledgements: boolean;
  /** Whether events are indexed as soon as they are taken. */
  isIndexing: boolean;
  /** Indexes what was taken so far. */
  index(): void;
  /** It restarts: what was taken and not indexed is lost, and so are the ids. */
  forget(): void;
  answer(request: Request): { readonly status: number; readonly body: string };
}

export const collectorToken = '0f7c5c1e-8d1d-4a43-9d3a-5f0f3d1f7a55';

export async function startSplunkCollector(allowedIndexes = ['main', 'security']): Promise<SplunkCollector> {
  const channels = new Map<string, { next: number; open: Set<number>; indexed: Set<number> }>();
  const channelOf = (name: string) => {
    const channel = channels.get(name) ?? { next: 0, open: new Set<number>(), indexed: new Set<number>() };
    channels.set(name, channel);
    return channel;
  };
  const take = ({ body, headers }: Request) => {
    const name = String(headers['x-splunk-request-channel'] ?? '');
    if (collector.hasAcknowledgements && name === '') return said(400, 10, 'Data channel is missing');
    if (collector.hasAcknowledgements && !/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i.test(name))
      return said(400, 11, 'Invalid data channel');
    if (body.trim() === '') return said(400, 5, 'No data');
    const read = readEvents(body);
    for (const [number, event] of read.entries()) {
      const fault = faultOf(event, allowedIndexes);
      if (fault !== undefined) return said(400, fault[0], fault[1], { 'invalid-event-number': number });
    }
    collector.events.push(...(read as CollectedEvent[]));
    if (!collector.hasAcknowledgements) return said(200, 0, 'Success');
    const channel = channelOf(name);
    const ackId = channel.next++;
    (collector.isIndexing ? channel.indexed : channel.open).add(ackId);
    return said(200, 0, 'Success', { ackId });
  };
  const acknowledge = ({ body, headers }: Request) => {
    if (!collector.hasAcknowledgements) return said(400, 14, 'ACK is disabled');
    const { indexed } = channelOf(String(headers['x-splunk-request-channel'] ?? ''));
    const { acks } = JSON.parse(body) as { acks: readonly number[] };
    const told = Object.fromEntries(acks.map((ackId) => [ackId, indexed.delete(ackId)]));
    return { status: 200, body: JSON.stringify({ acks: told }) };
  };
  const answer = (request: Request) => {
    const authorization = request.headers.authorization ?? '';
    if (authorization === '') return said(401, 2, 'Token is required');
    if (!authorization.startsWith('Splunk ')) return said(401, 3, 'Invalid authorization');
    if (authorization !== `Splunk ${collectorToken}`) return said(403, 4, 'Invalid token');
    if (request.path === '/services/collector/event') return take(request);
    if (request.path === '/services/collector/ack') return acknowledge(request);
    return said(404, 404, 'The requested URL was not found on this server.');
  };
  const collector: SplunkCollector = {
    stub: await startStubReceiver((request) => collector.answer(request)),
    events: [],
    hasAcknowledgements: true,
    isIndexing: true,
    index: () => {
      for (const channel of channels.values()) {
        for (const ackId of channel.open) channel.indexed.add(ackId);
        channel.open.clear();
      }
    },
    forget: () => channels.clear(),
    answer,
  };
  return collector;
}

export const said = (status: number, code: number, text: string, more: object = {}) => ({
  status,
  body: JSON.stringify({ text, code, ...more }),
});

/** JSON objects one after another; what is none is undefined, and ends it. */
function readEvents(body: string): readonly (CollectedEvent | undefined)[] {
  const events: (CollectedEvent | undefined)[] = [];
  for (const line of body.split('\n')) {
    try {
      events.push(JSON.parse(line) as CollectedEvent);
    } catch {
      return [...events, undefined];
    }
  }
  return events;
}

function faultOf(event: CollectedEvent | undefined, indexes: readonly string[]): [number, string] | undefined {
  if (event === undefined || typeof event !== 'object') return [6, 'Invalid data format'];
  if (event.time !== undefined && !(Number.isFinite(event.time) && event.time >= 0)) return [6, 'Invalid data format'];
  if (event.event === undefined || event.event === null) return [12, 'Event field is required'];
  if (event.event === '') return [13, 'Event field cannot be blank'];
  if (event.index !== undefined && !indexes.includes(event.index)) return [7, 'Incorrect index'];
  const isFlat = (value: unknown) => typeof value === 'string' || typeof value === 'number';
  const values = Object.values(event.fields ?? {});
  const areFlat = values.every((value) => isFlat(value) || (Array.isArray(value) && value.every(isFlat)));
  return areFlat ? undefined : [15, 'Error in handling indexed fields'];
}
