import { type StubReceiver, startStubReceiver } from './stub-receiver.ts';

type Request = Parameters<Extract<StubReceiver['answer'], (request: never) => unknown>>[0];

/** What answers `_bulk` as Elasticsearch does, where a real node cannot be had: with users, with TLS, in trouble. */
export interface BulkReceiver {
  readonly stub: StubReceiver;
  /** Ids of its documents, in their order. */
  readonly ids: string[];
  /** What it says of a document instead of 201: a status and a fault. Undefined: it takes it. */
  fault:
    | ((id: string) => { readonly status: number; readonly type: string; readonly reason: string } | undefined)
    | undefined;
  answer(request: Request): { readonly status: number; readonly body: string };
}

export async function startBulkReceiver(): Promise<BulkReceiver> {
  const answer = ({ path, body, headers }: Request) => {
    const lines = body.split('\n');
    const isBulk = /^\/[^/]+\/_bulk\?/.test(path) && headers['content-type'] === 'application/x-ndjson';
    if (!isBulk || lines.pop() !== '') return { status: 400, body: '{"error":{"type":"illegal_argument_exception"}}' };
    const items = lines.flatMap((line, i) => {
      if (i % 2 === 1) return [];
      const { _id: id } = (JSON.parse(line) as { create: { _id: string } }).create;
      JSON.parse(lines[i + 1] ?? '');
      const fault = receiver.fault?.(id);
      if (fault !== undefined) return [{ create: { status: fault.status, error: fault } }];
      if (receiver.ids.includes(id))
        return [{ create: { status: 409, error: { type: 'version_conflict_engine_exception' } } }];
      receiver.ids.push(id);
      return [{ create: { status: 201 } }];
    });
    return { status: 200, body: JSON.stringify({ errors: items.some(({ create }) => create.status >= 300), items }) };
  };
  const receiver: BulkReceiver = { stub: await startStubReceiver(answer), ids: [], fault: undefined, answer };
  return receiver;
}
