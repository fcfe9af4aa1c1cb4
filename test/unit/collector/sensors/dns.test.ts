import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningScript } from '../../../../collector/kernel/bpftrace.ts';
import { createDnsSensor, type DnsOptions } from '../../../../collector/sensors/dns.ts';
import type { Observation } from '../../../../shared/observation.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { dnsLine, dnsQuery } from '../../../support/collector/dns.ts';
import { swept } from '../../../support/collector/sweeps.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

const web = 'a'.repeat(64);
const db = 'b'.repeat(64);
const last = 'c'.repeat(64);
const mount = { web: 4_026_532_001, db: 4_026_532_002, made: 4_026_532_003, last: 4_026_532_004 };

let host: ReturnType<typeof fakeProcfs>;
let time: number;
beforeEach(() => {
  host = fakeProcfs();
  host.addProcess({ pid: 10, container: web, namespaces: { mnt: mount.web }, args: ['/bin/app', 'serve'] });
  host.addProcess({ pid: 20, container: db, namespaces: { mnt: mount.db } });
  host.addProcess({ pid: 30, namespaces: { mnt: 77 } });
  host.addProcess({ pid: 40, container: last, namespaces: { mnt: mount.last } });
  time = 100_000;
});
afterEach(() => host.remove());

/** A script whose lines the test prints. */
function fakeScript(problem?: string) {
  let line = (_text: string): void => undefined;
  let ended = (_why: string): void => undefined;
  let follows = (): void => undefined;
  const followed = new Promise<void>((resolve) => {
    follows = resolve;
  });
  const state = { starts: 0, stopped: 0, program: '' };
  const start = (_program: string, program: string): RunningScript => {
    Object.assign(state, { starts: state.starts + 1, program });
    return {
      ready: Promise.resolve(problem),
      pid: 1,
      follow: (onLine, onEnd) => {
        line = onLine;
        ended = onEnd;
        follows();
      },
      stop: () => {
        state.stopped += 1;
      },
    };
  };
  return { state, start, followed, print: (text: string) => line(text), end: (why: string) => ended(why) };
}

/** `late`: reads of these containers take until it says so. */
async function watching(
  containers = () => [swept(web, 10), swept(db, 20)],
  late: (whose: string) => Promise<void> | undefined = () => undefined,
) {
  let reads = 0;
  const script = fakeScript();
  const happenings: Happening[] = [];
  const telemetry = { ...noTelemetry, happened: (happening: Happening) => void happenings.push(happening) };
  const sensor = createDnsSensor({
    procfs: host.procfs,
    patient: async (whose, read) => {
      const later = late(whose);
      if (later !== undefined) return later.then(read);
      reads += 1;
      return read().finally(() => {
        reads -= 1;
      });
    },
    telemetry,
    containers: () => [...containers(), swept(last, 40)],
    host: () => ({ id: 'h', name: 'anchor' }),
    now: () => time,
    means: () => Promise.resolve({ program: '/usr/bin/bpftrace', hostMount: 1 }),
    start: script.start,
  });
  expect(await sensor.available()).toBeUndefined();
  const seen: Observation[] = [];
  const errors: unknown[] = [];
  const marks = new Set<string>();
  const subscription = sensor.observe().subscribe({
    next: (one) => (one.container?.id === last ? marks.add(one.dns?.question.name ?? '') : seen.push(one)),
    error: (error) => errors.push(error),
  });
  /** A question of another container that is told says that the lines before it were read; then nothing is looked at any more. */
  const settled = async (): Promise<void> => {
    const mark = `mark${marks.size}`;
    script.print(dnsLine(dnsQuery([mark]), { namespace: mount.last, pid: 40 }));
    await vi.waitFor(() => expect([marks.has(mark), reads]).toEqual([true, 0]), { timeout: 10_000 });
  };
  await script.followed;
  return {
    ...script,
    printAtOnce: script.print,
    sensor,
    seen,
    errors,
    happenings,
    stop: () => subscription.unsubscribe(),
    ask: async (name: string, task = { namespace: mount.web, pid: 10 }, type = 1) => {
      script.print(dnsLine(dnsQuery(name.split('.'), { type }), task));
      await settled();
    },
    print: async (text: string) => {
      script.print(text);
      await settled();
    },
  };
}

const names = (seen: readonly Observation[]) => seen.map(({ dns }) => dns?.question.name);

describe('the dns sensor', () => {
  it('tells what was asked, by which container and process', async () => {
    const { seen, ask } = await watching();
    await ask('api.example.com');
    expect(seen).toMatchObject([
      {
        kind: 'dns',
        at: 100_000,
        event: { source: 'kernel', action: 'query' },
        host: { id: 'h' },
        container: { id: web },
        workload: { id: 'w' },
        dns: { question: { name: 'api.example.com', type: 'A' } },
        process: { pid: 10, executable: '/bin/app', args: ['/bin/app', 'serve'] },
      },
    ]);
    expect(seen[0]?.dns).not.toHaveProperty('untold');
  });

  it('knows a process that has ended by its mount namespace, and one with a namespace of its own by its cgroup', async () => {
    host.addProcess({ pid: 11, container: db, namespaces: { mnt: mount.made } });
    const { seen, ask } = await watching();
    await ask('ended.example', { namespace: mount.web, pid: 999 });
    await ask('made.example', { namespace: mount.made, pid: 11 });
    expect(seen.map(({ container }) => container?.id)).toEqual([web, db]);
    expect(seen[0]?.process).toEqual({ pid: 999, args: [], command_line: '' });
  });

  it('says nothing of the host’s own processes', async () => {
    const { seen, ask, print } = await watching();
    await ask('host.example', { namespace: 77, pid: 30 });
    time += 1_000;
    await print('tick');
    expect(seen).toEqual([]);
  });

  it('does not take the number of a namespace that is gone for that of another', async () => {
    const { seen, ask, print } = await watching();
    await ask('one.example');
    // The number was given to the next container's.
    host.addProcess({ pid: 10, container: web, namespaces: { mnt: 5 } });
    host.addProcess({ pid: 20, container: db, namespaces: { mnt: mount.web } });
    await print('tick');
    await ask('two.example', { namespace: mount.web, pid: 999 });
    expect(seen.map(({ container }) => container?.id)).toEqual([web, db]);
  });

  it('waits for the engine to tell of a container that has just begun', async () => {
    const containers = [swept(web, 10)];
    const { seen, ask, print } = await watching(() => containers);
    await ask('early.example', { namespace: mount.db, pid: 999 });
    await print('tick');
    expect(seen).toEqual([]);
    containers.push(swept(db, 20));
    time += 1_000;
    await print('tick');
    expect(seen).toMatchObject([{ at: 100_000, container: { id: db }, dns: { question: { name: 'early.example' } } }]);
  });

  it('lays nothing to a container that began after it was asked, in a namespace of the same number', async () => {
    const containers = [swept(web, 10)];
    const { seen, ask, print, happenings } = await watching(() => containers);
    await ask('before.example', { namespace: mount.db, pid: 999 });
    time += 4_000;
    containers.push(swept(db, 20, { startedAt: 102_000 }));
    await print('tick');
    await ask('after.example', { namespace: mount.db, pid: 20 });
    time += 1_000;
    await print('tick');
    expect(seen.flatMap(({ dns }) => dns?.question.name ?? [])).toEqual(['after.example']);
    expect(happenings).toContainEqual({ name: 'dnsUnattributed', count: 1, reason: 'no-container' });
  });

  it('waits no longer than five seconds, then counts it and tells a gap of the host', async () => {
    const containers = [swept(web, 10)];
    const { seen, ask, print, happenings } = await watching(() => containers);
    await ask('early.example', { namespace: mount.db, pid: 999 });
    time += 5_000;
    await print('tick');
    containers.push(swept(db, 20));
    await print('tick');
    expect(names(seen)).toEqual([undefined]);
    expect(seen).toMatchObject([{ kind: 'gap', gap: { reason: 'sensor-failed', scope: ['dns'], lost: 1 } }]);
    expect(happenings).toEqual([{ name: 'dnsUnattributed', count: 1, reason: 'no-container' }]);
  });

  it('counts what the kernel left out of nobody, and what waits beyond a thousand', async () => {
    const { seen, print, printAtOnce, happenings } = await watching();
    await print('@left[5]: 7');
    for (let count = 0; count < 1_003; count += 1)
      printAtOnce(dnsLine(dnsQuery([`n${count}`, 'example']), { namespace: 5, pid: 999 }));
    await print('tick');
    expect(happenings).toEqual([
      { name: 'dnsUnattributed', count: 7, reason: 'left-in-kernel' },
      ...[1, 2, 3].map(() => ({ name: 'dnsUnattributed', count: 1, reason: 'too-many-waiting' })),
    ]);
    expect(seen).toMatchObject([{ kind: 'gap', gap: { reason: 'sensor-failed', lost: 10 } }]);
  });

  it('knows what the host’s namespaces are from processes that are still there', async () => {
    const { ask, print, happenings } = await watching();
    await ask('host.example', { namespace: 77, pid: 30 });
    await ask('ended.example', { namespace: 77, pid: 999 });
    await print('@left[77]: 3');
    time += 6_000;
    await print('tick');
    expect(happenings).toEqual([]);
  });

  it('looks at the containers once a second, and at once only for those that are new', async () => {
    let looks = 0;
    const { ask, print } = await watching(() => {
      looks += 1;
      return [swept(web, 10)];
    });
    const before = looks;
    for (let turn = 0; turn < 5; turn += 1) await ask(`n${turn}.example`, { namespace: 5, pid: 999 });
    expect(looks - before).toBeLessThanOrEqual(1);
    for (let turn = 0; turn < 15; turn += 1) await ask(`m${turn}.example`, { namespace: mount.db, pid: 20 });
    expect(looks - before).toBeLessThanOrEqual(11);
    await print('tick');
    expect(looks - before).toBeGreaterThan(11);
  });

  it('tells the same question of one container once in a minute, with how often it was asked', async () => {
    const { seen, ask } = await watching();
    await ask('api.example.com');
    await ask('api.example.com');
    await ask('API.example.com');
    await ask('api.example.com', { namespace: mount.web, pid: 10 }, 28);
    await ask('api.example.com', { namespace: mount.db, pid: 20 });
    time += 60_000;
    await ask('api.example.com');
    expect(seen.map(({ container, dns }) => [container?.id, dns?.question.type, dns?.untold])).toEqual([
      [web, 'A', undefined],
      [web, 'AAAA', undefined],
      [db, 'A', undefined],
      [web, 'A', 2],
    ]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(4);
  });

  it('tells a gap of what one container asked beyond its share, and all of the others', async () => {
    const { seen, ask, print, printAtOnce, happenings } = await watching();
    for (let turn = 0; turn < 305; turn += 50) {
      for (let count = turn; count < Math.min(turn + 50, 305); count += 1)
        printAtOnce(dnsLine(dnsQuery([`n${count}`, 'example']), { namespace: mount.web, pid: 10 }));
      await print('');
    }
    await print(`@left[${mount.web}]: 7`);
    await ask('quiet.example', { namespace: mount.db, pid: 20 });
    time += 60_000;
    await print('tick');
    expect(seen.filter(({ container, kind }) => kind === 'dns' && container?.id === web)).toHaveLength(300);
    expect(names(seen)).toContain('quiet.example');
    expect(seen.at(-1)).toMatchObject({
      kind: 'gap',
      container: { id: web },
      gap: { from: 100_000, to: 160_000, reason: 'too-many-queries', scope: ['dns'], lost: 12 },
    });
    expect(happenings).toContainEqual({ name: 'observationDropped', reason: 'too-many-queries', count: 12 });
    await print('tick');
    expect(seen.filter(({ kind }) => kind === 'gap')).toHaveLength(1);
  });

  it('tells what goes on being left out once an hour, in the same words, also of a container that has ended', async () => {
    const containers = [swept(web, 10), swept(db, 20)];
    const { seen, printAtOnce } = await watching(() => containers);
    for (let minute = 0; minute < 70; minute += 1) {
      if (minute < 30) printAtOnce(`@left[${mount.web}]: 7`);
      else containers.splice(0, 1);
      time += 60_000;
      printAtOnce('tick');
    }
    const gaps = seen.filter(({ kind }) => kind === 'gap');
    expect(gaps.map(({ gap, container }) => [gap?.lost, gap?.from, container?.id])).toEqual([
      [7, 100_000, web],
      [203, 160_000, web],
    ]);
    expect(new Set(gaps.map(({ gap }) => gap?.text)).size).toBe(1);
    expect(gaps[0]?.gap?.text).not.toMatch(/\d/);
  });

  it('lets a container whose processes are slow to look at hold up nobody else, and bounds what waits for it', async () => {
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { seen, ask, print, printAtOnce } = await watching(undefined, (whose) => (whose === web ? slow : undefined));
    for (let count = 0; count < 210; count += 1)
      printAtOnce(dnsLine(dnsQuery([`n${count}`, 'example']), { namespace: mount.web, pid: 10 }));
    await ask('quiet.example', { namespace: mount.db, pid: 20 });
    expect(names(seen)).toEqual(['quiet.example']);
    time += 3_000;
    answer();
    await vi.waitFor(() => expect(seen).toHaveLength(201));
    const late = seen.slice(1);
    expect(names(late)).toEqual(Array.from({ length: 200 }, (_, count) => `n${count}.example`));
    expect(new Set(late.map(({ at }) => at))).toEqual(new Set([100_000]));
    expect(late[1]?.process).toEqual({ pid: 10, args: [], command_line: '' });
    time += 60_000;
    await print('tick');
    expect(seen.at(-1)?.gap).toMatchObject({ reason: 'too-many-queries', lost: 10 });
  });

  it('tells a gap of what the kernel had no room for', async () => {
    const { seen, print } = await watching();
    await print('Lost 9 events');
    await print('Lost 2 events');
    await print('tick');
    await print('Lost 5 events');
    await print('tick');
    expect(seen).toMatchObject([{ kind: 'gap', gap: { reason: 'sensor-failed', scope: ['dns'], lost: 11 } }]);
    time += 3_600_000;
    await print('tick');
    expect(seen[1]).toMatchObject({ gap: { lost: 5, text: seen[0]?.gap?.text } });
  });

  it('counts what is no question', async () => {
    const { seen, print, happenings } = await watching();
    await print(dnsLine(dnsQuery(['x'], { behind: [1, 2, 3] }), { namespace: mount.web, pid: 10 }));
    await print('\u001b[2J nonsense');
    expect(seen).toEqual([]);
    expect(happenings).toEqual([{ name: 'dnsMalformed', count: 1, what: 'message' }]);
  });

  it('counts lines that cannot be read, and tells a gap of the host', async () => {
    const { seen, print, happenings } = await watching();
    await print('q 1 2 3 zz');
    await print(`@left[${mount.web}]: many`);
    await print('tick');
    expect(happenings).toEqual([1, 2].map(() => ({ name: 'dnsMalformed', count: 1, what: 'line' })));
    expect(seen).toMatchObject([{ kind: 'gap', gap: { reason: 'sensor-failed', scope: ['dns'], lost: 2 } }]);
    expect(seen[0]).not.toHaveProperty('container');
  });

  it('stops the script with itself, and fails when it ends by itself', async () => {
    const one = await watching();
    one.stop();
    expect(one.state.stopped).toBe(1);
    const other = await watching();
    other.end('bpftrace ended (SIGKILL)');
    expect(other.errors).toEqual([new Error('bpftrace ended (SIGKILL)')]);
  });

  it('says what is missing, without starting anything', async () => {
    const { start, state } = fakeScript();
    const sensor = createDnsSensor({
      ...({} as DnsOptions),
      means: () => Promise.resolve('bpftrace is not in PATH'),
      start,
    });
    expect(await sensor.available()).toBe('bpftrace is not in PATH');
    expect(state.starts).toBe(0);
  });

  it('tries a script that cannot be loaded again only after ten minutes', async () => {
    const { start, state } = fakeScript('bpftrace ended (exit code 1): no BTF');
    const sensor = createDnsSensor({
      ...({} as DnsOptions),
      now: () => time,
      means: () => Promise.resolve({ program: 'bpftrace', hostMount: 1 }),
      start,
    });
    const why = 'bpftrace ended (exit code 1): no BTF: no DNS names are seen';
    expect(await sensor.available()).toBe(why);
    time += 599_999;
    expect(await sensor.available()).toBe(why);
    expect(state.starts).toBe(1);
    time += 1;
    expect(await sensor.available()).toBe(why);
    expect(state.starts).toBe(2);
  });
});
