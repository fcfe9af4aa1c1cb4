import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningScript } from '../../../../collector/kernel/bpftrace.ts';
import { createGivenNames } from '../../../../collector/sensors/dns/given-names.ts';
import { createDnsAnswersSensor, type DnsAnswersOptions } from '../../../../collector/sensors/dns-answers.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { answerLine, dnsQuery, dnsResponse, forwardLine } from '../../../support/collector/dns.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

const socket = '/var/run/docker.sock';
const within = 4_026_532_001;
const query = dnsQuery(['cdn', 'example', 'com']);
const answer = (last: number) => dnsResponse(query, [{ type: 1, data: [203, 0, 113, last] }]);

let host: ReturnType<typeof fakeProcfs>;
beforeEach(() => {
  host = fakeProcfs();
  addEngine(50, 99);
});
afterEach(() => {
  vi.useRealTimers();
  host.remove();
});

function addEngine(pid: number, inode: number, { path = '/run/docker.sock', namespace = 9 } = {}): void {
  host.addProcess({ pid, namespace, sockets: [inode] });
  host.write(`${pid}/status`, `Uid:\t0\t0\t0\t0\nNSpid:\t${pid}\n`);
  host.setUnix(pid, [{ inode, path, listening: true }]);
}

function watching(more: Partial<DnsAnswersOptions> = {}) {
  let line = (_text: string): void => undefined;
  let ended = (_why: string): void => undefined;
  const started: string[] = [];
  const happenings: Happening[] = [];
  const state = { stopped: 0 };
  const names = createGivenNames();
  const start = (_program: string, text: string): RunningScript => {
    started.push(text);
    return {
      ready: Promise.resolve(undefined),
      pid: 1,
      follow: (onLine, onEnd) => {
        line = onLine;
        ended = onEnd;
      },
      stop: () => {
        state.stopped += 1;
      },
    };
  };
  const sensor = createDnsAnswersSensor({
    procfs: host.procfs,
    telemetry: { ...noTelemetry, happened: (happening) => void happenings.push(happening) },
    names,
    engineSocket: () => socket,
    now: () => 1_000,
    means: () => Promise.resolve({ program: '/usr/bin/bpftrace', hostMount: 1 }),
    start,
    ...more,
  });
  const errors: unknown[] = [];
  const listen = () => sensor.observe().subscribe({ error: (error) => errors.push(error) });
  return {
    sensor,
    names,
    started,
    happenings,
    errors,
    state,
    listen,
    print: (text: string) => line(text),
    end: (why: string) => ended(why),
  };
}

describe('the sensor of the engine’s answers', () => {
  it('follows the process that listens on the engine’s socket', async () => {
    const { sensor, started } = watching();
    expect(await sensor.available()).toBeUndefined();
    expect(started[0]).toContain('/pid == 50/');
  });

  it('gives addresses the name that was asked for', async () => {
    const { sensor, names, listen, print } = watching();
    await sensor.available();
    listen();
    print(forwardLine(within, query));
    print(answerLine(within, answer(7)));
    expect(names.of(within, '203.0.113.7', 1_001)).toBe('cdn.example.com');
  });

  it('gives none of what the engine was not seen to ask for, or was answered by the container itself', async () => {
    const { sensor, names, happenings, listen, print } = watching();
    await sensor.available();
    listen();
    print(answerLine(within, answer(7)));
    expect(happenings).toEqual([{ name: 'destinationNameDropped', count: 1, reason: 'not-forwarded' }]);
    print(forwardLine(within, query));
    print(answerLine(within, answer(8)));
    print(forwardLine(within, query, { to: '127.0.0.1' }));
    print(answerLine(within, answer(9)));
    expect([7, 8, 9].map((last) => names.of(within, `203.0.113.${last}`, 1_001))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('counts no name of a container, which the engine answers without asking', async () => {
    const { sensor, happenings, listen, print } = watching();
    await sensor.available();
    listen();
    const neighbour = dnsQuery(['web']);
    print(answerLine(within, dnsResponse(neighbour, [{ type: 1, data: [172, 18, 0, 2] }])));
    expect(happenings).toEqual([]);
  });

  it('counts what is lost', async () => {
    const { sensor, happenings, listen, print } = watching();
    await sensor.available();
    listen();
    for (const text of ['left 3', 'Lost 4 events', 'a what', 'tick']) print(text);
    for (let last = 0; last < 3; last += 1) {
      print(forwardLine(within, query));
      print(
        answerLine(
          within,
          dnsResponse(
            query,
            Array.from({ length: 30 }, (_none, at) => ({ type: 1, data: [203, last, 113, at] })),
          ),
        ),
      );
    }
    expect(happenings).toEqual([
      { name: 'destinationNameDropped', count: 3, reason: 'left-in-kernel' },
      { name: 'destinationNameDropped', count: 4, reason: 'left-in-kernel' },
      { name: 'destinationNameDropped', count: 1, reason: 'unreadable' },
    ]);
  });

  it('ends when the script does, or the engine becomes another process, and ends the script', async () => {
    vi.useFakeTimers();
    const { sensor, errors, state, listen, end } = watching();
    await sensor.available();
    listen();
    end('bpftrace ended');
    await sensor.available();
    listen();
    vi.advanceTimersByTime(5_000);
    expect(errors).toEqual([new Error('bpftrace ended')]);
    host.removeProcess(50);
    vi.advanceTimersByTime(5_000);
    expect(errors).toEqual([new Error('bpftrace ended'), new Error('the engine is another process')]);
    expect(state.stopped).toBe(2);
  });
});

describe('a script that is held', () => {
  beforeEach(() => void vi.useFakeTimers());

  it('is ended, which is an error, when it says nothing for a minute', async () => {
    const { sensor, errors, state, listen, print } = watching();
    await sensor.available();
    listen();
    vi.advanceTimersByTime(59_000);
    print('tick');
    vi.advanceTimersByTime(59_999);
    expect([errors, state.stopped]).toEqual([[], 0]);
    vi.advanceTimersByTime(1);
    expect(errors).toHaveLength(1);
    expect(state.stopped).toBe(1);
  });

  it('is ended when nobody takes it over in five seconds', async () => {
    const { sensor, state } = watching();
    await sensor.available();
    vi.advanceTimersByTime(4_999);
    expect(state.stopped).toBe(0);
    vi.advanceTimersByTime(1);
    expect(state.stopped).toBe(1);
  });
});

describe('the engine’s process', () => {
  const why = async (more: Partial<DnsAnswersOptions> = {}) => watching(more).sensor.available();

  it('is looked for where the engine has a socket of its own', async () => {
    expect(await why({ engineSocket: () => undefined })).toMatch(/Set engine\.host to unix:/);
    expect(await why({ engineSocket: () => '/run/proxy.sock' })).toMatch(
      /^no process of the host, or more than one, listens on/,
    );
    expect(await why({ means: () => Promise.resolve('bpftrace is not in PATH') })).toBe('bpftrace is not in PATH');
  });

  it('is not one of a container that listens on such a path, nor process 1, which may have opened the socket', async () => {
    host.addProcess({ pid: 1, namespace: 9, sockets: [99] });
    host.write('1/status', 'Uid:\t0\t0\t0\t0\nNSpid:\t1\n');
    host.addProcess({ pid: 60, container: 'c'.repeat(64), namespace: 10, sockets: [100] });
    host.setUnix(60, [{ inode: 100, path: '/run/docker.sock', listening: true }]);
    const { sensor, started } = watching();
    expect(await sensor.available()).toBeUndefined();
    expect(started[0]).toContain('/pid == 50/');
  });

  it('is not one in process numbers of its own, as what made itself a namespace has', async () => {
    addEngine(51, 101, { namespace: 10 });
    host.write('51/status', 'Uid:\t0\t0\t0\t0\nNSpid:\t51\t1\n');
    const { sensor, started } = watching();
    expect(await sensor.available()).toBeUndefined();
    expect(started[0]).toContain('/pid == 50/');
  });

  it('is none where two listen', async () => {
    addEngine(51, 101, { namespace: 10 });
    expect(await why()).toMatch(/more than one/);
  });
});
