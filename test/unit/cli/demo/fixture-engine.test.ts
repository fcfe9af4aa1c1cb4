import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFixtureEngine, type FixtureEngine } from '../../../../cli/demo/fixture-engine.ts';
import type { RecordedLine } from '../../../../cli/demo/recording.ts';

const id = 'a'.repeat(64);
const recordedAt = 1_764_000_000_000;
const startAt = recordedAt + 1_000_000;

const event = (Action: string, afterMs: number): RecordedLine => ({
  type: 'event',
  event: {
    Type: 'container',
    Action,
    Actor: { ID: id, Attributes: { name: 'web' } },
    time: 0,
    timeNano: 0,
    nano: `${recordedAt + afterMs}456789`,
  },
});

const inspect = (Status: string): RecordedLine => ({
  type: 'body',
  path: `/containers/${id}/json`,
  body: {
    Id: id,
    Name: '/web',
    Image: 'sha256:1',
    Created: new Date(recordedAt).toISOString(),
    State: { Status },
    Config: { Image: 'nginx' },
  },
});

const session: readonly RecordedLine[] = [
  { type: 'ping', headers: { 'api-version': '1.41' } },
  { type: 'body', path: '/info', body: { ID: 'engine' } },
  event('create', 0),
  inspect('created'),
  event('start', 250),
  inspect('running'),
  event('destroy', 1_000),
];

let directory = '';
let engine: FixtureEngine;
let gates: { waitMs: number; open: () => void }[] = [];
let gateArrived: () => void = () => undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fixture-'));
  gates = [];
  const pace = (waitMs: number): Promise<void> =>
    new Promise((open) => {
      gates.push({ waitMs, open });
      gateArrived();
    });
  engine = createFixtureEngine({ lines: session, startAt, pace });
  await engine.listen(join(directory, 'engine.sock'));
});

afterEach(async () => {
  await engine.close();
  rmSync(directory, { recursive: true });
});

/** Lets the next event go. */
async function step(): Promise<number> {
  if (gates.length === 0) await new Promise<void>((resolve) => (gateArrived = resolve));
  const gate = gates.shift();
  gate?.open();
  return gate?.waitMs ?? -1;
}

function ask(path: string, method = 'GET'): Promise<{ status: number; headers: object; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(directory, 'engine.sock'), path, method }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject).end();
  });
}

/** Reads lines of the event stream until there are so many. */
function listen(path: string, count: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(directory, 'engine.sock'), path }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const lines = text.split('\n').slice(0, -1);
        if (lines.length < count) return;
        response.destroy();
        resolve(lines);
      });
    });
    asked.on('error', reject).end();
  });
}

test('answers from the bodies that hold at this point, with or without an API version', async () => {
  expect(await ask('/_ping')).toMatchObject({ status: 200, text: 'OK', headers: { 'api-version': '1.41' } });
  expect(JSON.parse((await ask('/v1.41/info')).text)).toEqual({ ID: 'engine' });
  expect((await ask(`/containers/${id}/json`)).status).toBe(404);
  const playing = engine.play();
  await step();
  await step();
  expect(JSON.parse((await ask('/v1.41/containers/web/json')).text)).toMatchObject({ State: { Status: 'running' } });
  await step();
  await playing;
  expect((await ask('/v1.41/containers/web/json')).status).toBe(404);
});

test('a destroyed container is listed no more; stopped ones only when all are asked for', async () => {
  const playing = engine.play();
  await step();
  await step();
  expect(JSON.parse((await ask('/containers/json')).text)).toMatchObject([
    { Id: id, Names: ['/web'], State: 'running' },
  ]);
  await step();
  await playing;
  expect(JSON.parse((await ask('/containers/json?all=1')).text)).toEqual([]);
});

test('changes nothing for anybody', async () => {
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await ask(`/containers/${id}/kill`, method)).status).toBe(403);
});

test('events come in order with recorded pauses, moved to the new start, nanoseconds kept', async () => {
  const heard = listen('/events', 3);
  await engine.watched;
  const playing = engine.play();
  expect([await step(), await step(), await step()]).toEqual([0, 250, 750]);
  await playing;
  const lines = await heard;
  expect(lines.map((line) => (JSON.parse(line) as { Action: string }).Action)).toEqual(['create', 'start', 'destroy']);
  // As digits: JSON.parse would lose the last ones.
  expect(lines[1]).toContain(`"timeNano":${startAt + 250}456789}`);
});

test('`since` replays from that nanosecond on', async () => {
  const playing = engine.play();
  await step();
  await step();
  await step();
  await playing;
  const [seconds, nanos] = [Math.floor((startAt + 250) / 1000), '250456789'];
  const lines = await listen(`/events?since=${seconds}.${nanos}`, 2);
  expect(lines.map((line) => (JSON.parse(line) as { Action: string }).Action)).toEqual(['start', 'destroy']);
  expect(engine.emitted().map(({ Action }) => Action)).toEqual(['create', 'start', 'destroy']);
});
