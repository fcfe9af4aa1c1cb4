import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createSink } from '../../alerting/sinks/index.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { startFalcosidekick } from '../support/falcosidekick.ts';
import { type ChaosWorld, describeSinkChaos } from '../support/sink-chaos.ts';
import { startSlowLink } from '../support/slow-link.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { startStubReceiver } from '../support/stub-receiver.ts';
import { startTcpReceiver } from '../support/syslog-receiver.ts';

/** What the other sinks of SIEMs do not cover: other formats of the webhook, CEF, and files. */
function sinkOf(config: Record<string, unknown>): Sink {
  const { one } = configSchema.parse({ sinks: { one: config } }).sinks;
  if (one === undefined) throw new Error('there is a sink');
  return createSink('one', one, { clock: Date.now, version: '1.2.3' });
}

describeSinkChaos('falco', async () => {
  const sidekick = await startFalcosidekick();
  const link = await startSlowLink(Number(new URL(sidekick.url).port));
  const url = `http://127.0.0.1:${link.port}/`;
  const afresh = () => sinkOf({ type: 'webhook', format: 'falco', url, timeoutMs: 1_000 });
  return {
    sink: afresh(),
    afresh,
    received: async () => sidekick.payloads.map(({ output_fields }) => String(output_fields['moorwatch.update'])),
    goAway: link.down,
    comeBack: async () => {
      sidekick.answers = undefined;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      sidekick.answers = { status: 400 };
    },
    secrets: [],
    close: async () => {
      await link.close();
      await sidekick.goAway();
    },
  };
});

describeSinkChaos('webhook with OCSF', async () => {
  const stub = await startStubReceiver({ status: 204 });
  const link = await startSlowLink(Number(new URL(stub.url).port));
  const url = `http://127.0.0.1:${link.port}/`;
  const afresh = () => sinkOf({ type: 'webhook', format: 'ocsf', url, timeoutMs: 1_000 });
  return {
    sink: afresh(),
    afresh,
    // An answer that is lost may be one of a body that came whole.
    received: async () =>
      stub.requests
        .filter(({ status, body }) => status === 204 && Array.isArray(JSON.parse(body)))
        .map(({ headers }) => String(headers['idempotency-key'])),
    goAway: link.down,
    comeBack: async () => {
      stub.answer = { status: 204 };
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      stub.answer = { status: 422 };
    },
    secrets: [],
    close: async () => {
      await link.close();
      await stub.goAway();
    },
  };
});

describeSinkChaos(
  'CEF',
  async () => {
    const receiver = await startTcpReceiver();
    const link = await startSlowLink(receiver.port);
    const afresh = () => sinkOf({ type: 'cef', url: `tcp://127.0.0.1:${link.port}`, timeoutMs: 5_000 });
    return {
      sink: afresh(),
      afresh,
      received: async () => receiver.messages.map((text) => / CEF:0\|.* externalId=(\S+) /.exec(text)?.[1] ?? ''),
      goAway: link.down,
      comeBack: link.mend,
      slow: async () => link.trickle(),
      repeats: receiver.connections,
      secrets: [],
      close: async () => {
        await link.close();
        await receiver.goAway();
      },
    };
  },
  { without: ['refusing'], blindIn: ['slow'] },
);

/** A file takes one byte a second or refuses for good nowhere: its disk is full, and its directory goes. */
let disk: SmallDisk | undefined;
let logs = '';
let taken = 0;
const idOf: Readonly<Record<string, (line: unknown) => string>> = {
  moorwatch: (line) => (line as { id: string }).id,
  // The incident of each update; its findings are events of their own.
  ocsf: (line) => {
    const { class_uid: kind, metadata } = line as { class_uid: number; metadata: { uid: string } };
    return kind === 2005 ? metadata.uid : '';
  },
};
const makeFile = (format: 'moorwatch' | 'ocsf') => async (): Promise<ChaosWorld> => {
  const small = mountSmallDisk();
  disk = small;
  logs = join(small.path, 'logs');
  await mkdir(logs);
  const afresh = () =>
    sinkOf({ type: 'file', path: join(logs, 'incidents.ndjson'), format, rotateMegabytes: 1, keep: 50 });
  const lines = async (): Promise<readonly string[]> => {
    const files = (await readdir(small.path, { recursive: true })).filter((name) => name.includes('ndjson'));
    const texts = await Promise.all(files.map((name) => readFile(join(small.path, name), 'utf8')));
    // Whole lines only: what a full disk left of one would not be JSON.
    return texts.flatMap((text) => text.split('\n').slice(0, -1));
  };
  return {
    sink: afresh(),
    afresh,
    received: async () => (await lines()).flatMap((line) => idOf[format]?.(JSON.parse(line)) || []),
    goAway: () => rename(logs, `${logs}.away`),
    comeBack: () => rename(`${logs}.away`, logs).catch(() => undefined),
    secrets: [],
    close: async () => small.unmount(),
  };
};
const moreOfFiles = {
  'with a full disk': async (untilFelt: () => Promise<void>) => {
    disk?.fill();
    await untilFelt();
    disk?.free();
  },
  'with a directory that is removed and made anew': async (untilFelt: () => Promise<void>) => {
    taken += 1;
    await rename(logs, `${logs}.removed-${taken}`);
    await untilFelt();
    await mkdir(logs);
  },
};
const without = ['slow', 'refusing'];
describeSinkChaos('file', makeFile('moorwatch'), { without, more: moreOfFiles });
describeSinkChaos('file with OCSF', makeFile('ocsf'), { without, more: moreOfFiles });
