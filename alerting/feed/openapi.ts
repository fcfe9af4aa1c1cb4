import { z } from 'zod';
import { decisionAnswerSchema } from '../../shared/decision.ts';
import { evidenceSchema } from '../../shared/evidence.ts';
import { findingSchema } from '../../shared/finding.ts';
import { usesSchema } from '../../shared/harden/use.ts';
import { incidentSchema } from '../../shared/incident.ts';
import { suppressionSchema } from '../../shared/suppression.ts';
import { baselineSummariesAnswer, baselinesAnswer } from './baseline-answers.ts';
import { decisionRequestSchema } from './decision-request.ts';
import { filterSchema } from './filter.ts';
import { gapLineSchema } from './gaps.ts';
import { clientMessageSchema, serverMessageSchema, subprotocol } from './protocol.ts';
import { decisionsQuery, evidenceQuery, findingsQuery, gapsQuery, incidentsQuery } from './query.ts';
import { lettersSchema, retriedSchema } from './sink-routes.ts';
import { fresh, rulesAnswer, statusAnswer } from './status-answers.ts';

/** JSON Schema 2020-12, which OpenAPI 3.1 and AsyncAPI 3 both speak. What a client sends is described as it is sent. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

const problemSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), fix: z.string() }) });
const anything = z.record(z.string(), z.unknown());

/** A line of the audit log (decision-board.ts). */
const decisionLineSchema = decisionAnswerSchema.pick({ host: true }).extend({
  id: z.string(),
  status: z.enum(['pending', 'applied', 'refused']),
  ...decisionAnswerSchema.shape.made.shape,
  text: z.string().optional(),
  features: decisionAnswerSchema.shape.features,
  successor: decisionAnswerSchema.shape.successor,
  answeredAt: z.number().optional(),
});

const eventsQuery = filterSchema.extend({
  /** A cursor, or `oldest`; the header `Last-Event-ID` goes before it. */
  after: z.string().optional(),
  /** Of a browser, instead of the token. */
  ticket: z.string().optional(),
});

interface Route {
  readonly summary: string;
  readonly answers: z.ZodType | 'text/plain' | 'text/event-stream';
  readonly query?: z.ZodType;
  readonly path?: string;
  readonly isPublic?: true;
  readonly method?: 'post';
  /** What is sent. */
  readonly body?: z.ZodType;
  /** What is answered when all is well; default 200. */
  readonly status?: 200 | 202;
}

/** Every route that the feed serves; a test compares it with the router. */
export const describedRoutes: Readonly<Record<string, Route | readonly Route[]>> = {
  '/healthz': { summary: 'Whether the process lives', answers: z.object({ status: z.literal('ok') }), isPublic: true },
  '/readyz': { summary: 'Whether the log is read', answers: z.object({ status: z.literal('ready') }), isPublic: true },
  '/version': { summary: 'Versions', answers: z.object({ version: z.string(), api: z.literal('v1') }) },
  '/metrics': { summary: 'Metrics of all processes, Prometheus text', answers: 'text/plain' },
  '/events': { summary: 'The feed as server-sent events', answers: 'text/event-stream', query: eventsQuery },
  '/api/v1/ticket': {
    summary: 'A one-time ticket for /ws and /events, for browsers',
    answers: z.object({ ticket: z.string(), expiresInMs: z.number().int() }),
    method: 'post',
  },
  '/api/v1/incidents': {
    summary: 'Incidents, newest change first',
    answers: z.object({ ...fresh, incidents: z.array(incidentSchema), total: z.number().int() }),
    query: incidentsQuery,
  },
  '/api/v1/incidents/{id}': { summary: 'One incident', answers: incidentSchema, path: 'id' },
  '/api/v1/incidents/{id}/evidence': {
    summary: 'What the log has of what the container and workload of an incident did before, during and after it',
    answers: evidenceSchema,
    query: evidenceQuery,
    path: 'id',
  },
  '/api/v1/findings': {
    summary: 'Findings, oldest first; with `follow` as JSON lines, past and to come',
    answers: z.object({ findings: z.array(findingSchema), cursor: z.string() }),
    query: findingsQuery,
  },
  '/api/v1/findings/{id}': { summary: 'One finding', answers: findingSchema, path: 'id' },
  '/api/v1/gaps': {
    summary: 'When Moorwatch was blind, and why: told since then (default: the last day), newest first',
    answers: z.object({ gaps: z.array(gapLineSchema), total: z.number().int() }),
    query: gapsQuery,
  },
  '/api/v1/suppressions': {
    summary: 'What is suppressed, by whom, until when, and how much it hid; what ends next first',
    answers: z.object({ suppressions: z.array(suppressionSchema) }),
  },
  '/api/v1/decisions': [
    {
      summary: 'The newest decisions and what became of them, newest first: the audit log',
      answers: z.object({ decisions: z.array(decisionLineSchema) }),
      query: decisionsQuery,
    },
    {
      summary:
        'Decide; `Location` says where the answer will be. Needs `acknowledge`; reset, mode, import, suppress, unsuppress and forget-host `administer`',
      answers: z.object({ id: z.string(), status: z.literal('pending') }),
      method: 'post',
      body: decisionRequestSchema,
      status: 202,
    },
  ],
  '/api/v1/decisions/{id}': { summary: 'What became of a decision', answers: decisionLineSchema, path: 'id' },
  '/api/v1/status': {
    summary: 'What every process says of itself',
    answers: statusAnswer,
  },
  '/api/v1/rules': { summary: 'Rules as the analyzers report them', answers: rulesAnswer },
  '/api/v1/baselines': { summary: 'Baselines without items', answers: baselineSummariesAnswer },
  '/api/v1/baselines/{workload}': {
    summary: 'The baselines of one workload, by id or name',
    answers: baselinesAnswer,
    path: 'workload',
  },
  '/api/v1/use/{workload}': {
    summary: 'What the log holds of what the workloads of this id or name really did',
    answers: usesSchema,
    path: 'workload',
  },
  '/api/v1/sinks/{name}/rejected': {
    summary: 'What a sink refused for good, oldest first, and what of it was sent again',
    answers: lettersSchema,
    path: 'name',
  },
  '/api/v1/sinks/{name}/retry': {
    summary: 'Sends a sink once more what it refused and was not sent again yet; needs `administer`',
    answers: retriedSchema,
    path: 'name',
    method: 'post',
  },
  '/api/v1/openapi.json': { summary: 'This document', answers: anything },
  '/api/v1/asyncapi.json': { summary: 'The WebSocket feed', answers: anything },
};

/** OpenAPI 3.1, made from the schemas that the feed itself uses. */
export function openApi(version: string): Record<string, unknown> {
  const paths = Object.entries(describedRoutes).map(([path, described]) => [
    path,
    Object.fromEntries([described].flat().map((route) => [route.method ?? 'get', operation(route)])),
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Moorwatch', version },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths: Object.fromEntries(paths),
  };
}

function operation({ summary, answers, query, path, isPublic, body, status = 200 }: Route): Record<string, unknown> {
  const content =
    typeof answers === 'string'
      ? { [answers]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(answers) } };
  const named = path === undefined ? [] : [{ name: path, in: 'path', required: true, schema: { type: 'string' } }];
  return {
    summary,
    ...(isPublic && { security: [] }),
    parameters: [...named, ...queryParameters(query)],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      [status]: { description: summary, content },
      default: { description: 'Refused', content: { 'application/json': { schema: schemaOf(problemSchema) } } },
    },
  };
}

function queryParameters(query: z.ZodType | undefined): object[] {
  const properties = query === undefined ? {} : schemaOf(query, 'input').properties;
  return Object.entries(properties ?? {}).map(([name, schema]: [string, unknown]) => ({ name, in: 'query', schema }));
}

/** AsyncAPI 3.1 of the WebSocket feed. */
export function asyncApi(version: string): Record<string, unknown> {
  const channel = { $ref: '#/channels/feed' };
  return {
    asyncapi: '3.1.0',
    info: { title: 'Moorwatch feed', version, description: `WebSocket under the subprotocol ${subprotocol}` },
    channels: {
      feed: {
        address: '/ws',
        messages: {
          client: { payload: schemaOf(clientMessageSchema, 'input') },
          server: { payload: schemaOf(serverMessageSchema) },
        },
        bindings: { ws: { method: 'GET' } },
      },
    },
    operations: {
      receive: { action: 'receive', channel, messages: [{ $ref: '#/channels/feed/messages/client' }] },
      send: { action: 'send', channel, messages: [{ $ref: '#/channels/feed/messages/server' }] },
    },
  };
}
