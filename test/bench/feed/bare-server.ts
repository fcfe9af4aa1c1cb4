import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { produce } from './load.ts';
import { onQuestion, type Work } from './protocol.ts';

let work: Work | undefined;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, clientTracking: true });

/** What one would write by hand: every text to every client, at once, or gathered for so long. */
onQuestion(async (question: { readonly work: Work } | 'go') => {
  if (question !== 'go') {
    work = question.work;
    return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }
  if (work === undefined) throw new Error('no work yet');
  const { batchMs } = work;
  let waiting: string[] = [];
  const flush = (): void => {
    const frame = `{"type":"events","events":[${waiting.join(',')}]}`;
    waiting = [];
    for (const client of server.clients) client.send(frame);
  };
  return produce(work, async (update) => {
    const text = `{"data":${JSON.stringify(update)}}`;
    if (batchMs === undefined) for (const client of server.clients) client.send(`{"type":"event",${text.slice(1)}`);
    else if (waiting.push(text) === 1) setTimeout(flush, batchMs);
  });
});
