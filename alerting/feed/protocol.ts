import { z } from 'zod';
import { incidentUpdateSchema } from '../../shared/incident.ts';
import { filterSchema } from './filter.ts';
import type { Dialect } from './outlet.ts';

/** The WebSocket subprotocol (docs/feed.md). */
export const subprotocol = 'moorwatch.v1';

const subId = z.string().min(1).max(64);
const cursor = z.string().max(16_384);

/** What a client may say. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    /** Chosen by the client; comes back as `sub`. */
    id: subId,
    filter: filterSchema.default({}),
    /** A cursor, or `oldest`; absent: from now on. */
    after: cursor.optional(),
    /** Events may wait so long, ms, to come together in one frame (`events`); absent: each comes at once, by itself. */
    batchMs: z.number().int().min(1).max(1_000).optional(),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), id: subId }),
  /** What the client has taken care of; nothing is asked of it. */
  z.strictObject({ type: z.literal('ack'), sub: subId, cursor }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

const eventShape = { seq: z.number().int(), cursor, data: incidentUpdateSchema };

/** What the server says. */
export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    cursor,
    heartbeatMs: z.number().int(),
    limits: z.object({ subscriptions: z.number().int(), messageBytes: z.number().int() }),
  }),
  z.object({ type: z.literal('event'), sub: subId, ...eventShape }),
  /** To a subscription with `batchMs`: in order, one at least. */
  z.object({ type: z.literal('events'), sub: subId, events: z.array(z.object(eventShape)) }),
  z.object({
    type: z.literal('gap'),
    sub: subId,
    from: cursor,
    to: cursor,
    reason: z.enum(['slow', 'retention', 'unknown-position']),
    dropped: z.number().int().optional(),
  }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string(), sub: subId.optional() }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** Messages of the WebSocket. The data of an event is JSON already and is put in as it is. */
export const webSocketDialect: Dialect = {
  event: ({ sub, seq, cursor: at, data }) =>
    `{"type":"event","sub":${JSON.stringify(sub)},"seq":${seq},"cursor":"${at}","data":${data}}`,
  gap: (message) => JSON.stringify({ type: 'gap', ...message }),
};

/** The same as server-sent events: the id is the cursor, so that a browser resumes by itself. JSON text has no raw line ends. */
export const sseDialect: Dialect = {
  event: ({ seq, cursor: at, data }) =>
    `id: ${at}\nevent: incident\ndata: {"seq":${seq},"cursor":"${at}","data":${data}}\n\n`,
  gap: (message) => `id: ${message.to}\nevent: gap\ndata: ${JSON.stringify({ ...message, sub: undefined })}\n\n`,
};
