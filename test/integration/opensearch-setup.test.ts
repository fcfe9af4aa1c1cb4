import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = join(import.meta.dirname, '../../compose/opensearch-setup.mjs');

/** Runs the script against a receiver that answers everything in this way; says what it was asked. */
async function setUp(status: number, body: string): Promise<{ asked: string[]; code: number }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const run = promisify(execFile)(process.execPath, [script, `http://127.0.0.1:${port}/`]);
  const code = await run.then(
    () => 0,
    (error: { code: number }) => error.code,
  );
  await new Promise((resolve) => server.close(resolve));
  return { asked, code };
}

const both = ['PUT /_ingest/pipeline/moorwatch-incidents', 'PUT /moorwatch-incidents'];

test('the index is made after the pipeline that it names; one that is there already is no failure', async () => {
  expect(await setUp(200, '{}')).toEqual({ asked: both, code: 0 });
  expect(await setUp(400, '{"error":{"type":"resource_already_exists_exception"}}')).toEqual({ asked: both, code: 0 });
});

test('another refusal ends it with a failure, before the index is made without its pipeline', async () => {
  expect(await setUp(400, '{"error":{"type":"parse_exception"}}')).toEqual({ asked: both.slice(0, 1), code: 1 });
});
