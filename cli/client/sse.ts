/** One event of a Server-Sent Events stream (WHATWG HTML, section 9.2). */
export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** An event that grows beyond this is not ours. */
const maxEvent = 4 * 1024 * 1024;

/** Cuts chunks of text into events; comments (heartbeats) and events without data are left out. */
export async function* serverEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let rest = '';
  let pending: { event: string; id: string; data: string[] } = { event: 'message', id: '', data: [] };
  for await (const chunk of chunks) {
    rest += chunk;
    if (rest.length > maxEvent) throw new Error('the feed sent a line without end');
    const lines = rest.split(/\r\n|\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        take(line, pending);
        continue;
      }
      if (pending.data.length > 0) yield { ...pending, data: pending.data.join('\n') };
      pending = { event: 'message', id: pending.id, data: [] };
    }
  }
}

function take(line: string, pending: { event: string; id: string; data: string[] }): void {
  const colon = line.indexOf(':');
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (field === 'event') pending.event = value;
  else if (field === 'id') pending.id = value;
  else if (field === 'data') pending.data.push(value);
}
