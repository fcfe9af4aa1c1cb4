import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../collector/engine/event.ts';
import { type ExecRecord, findExec } from '../../../../collector/engine/find-exec.ts';
import { createKeyedLimiter } from '../../../../collector/engine/limiter.ts';
import type { PrepareContext } from '../../../../collector/engine/prepare.ts';
import {
  createSmallEngine,
  execOf,
  hexId,
  inspectOf,
  type SmallEngine,
} from '../../../support/collector/small-engine.ts';

const web = hexId('web');
const [one, two, other] = [hexId('exec one'), hexId('exec two'), hexId('exec of another')];
let engine: SmallEngine;
let failures: string[];
let labels: readonly string[] | undefined;
let context: PrepareContext;

beforeEach(() => {
  engine = createSmallEngine();
  failures = [];
  labels = [];
  context = {
    client: engine.client,
    // No configuration is looked at here.
    resolver: { snapshot: () => Promise.reject(new Error('not here')) } as unknown as PrepareContext['resolver'],
    labelKeys: () => labels,
    execs: new Map<string, ExecRecord>(),
    search: createKeyedLimiter(1),
    failed: (request) => failures.push(request),
  };
  engine.execs.set(other, execOf(other, hexId('db'), ['harmless']));
});

const event = (action: string, text: string, execID: string, nano = '1'): EngineEvent => ({
  type: 'container',
  action,
  text,
  actor: web,
  attributes: { execID },
  scope: '',
  nano,
  at: 1,
});

describe('an execID that no label could have written', () => {
  it('is asked about once, and again when the exec ended', async () => {
    engine.execs.set(one, execOf(one, web, ['id']));
    await findExec(event('exec_create', 'id', one), context);
    await findExec(event('exec_start', 'id', one), context);
    engine.execs.set(one, execOf(one, web, ['id'], { running: false, exit: 3 }));
    const ended = await findExec(event('exec_die', '', one), context);
    expect(ended).toMatchObject({ id: one, text: 'id', inspect: { ExitCode: 3 } });
    expect(engine.requests).toEqual([`exec ${one}`, `exec ${one}`]);
  });

  it('stays what it was when the engine forgot it, or when a proxy holds the question back', async () => {
    expect(await findExec(event('exec_create', 'id', one), context)).toMatchObject({ id: one, inspect: undefined });
    const client = { ...engine.client, inspectExec: () => Promise.reject(new Error('403')) };
    const refused = await findExec(event('exec_start', 'id', one), { ...context, client });
    expect(refused).toMatchObject({ id: one, text: 'id', inspect: undefined });
    expect(failures).toEqual(['exec inspect']);
  });
});

describe('a poisoned execID (L1)', () => {
  beforeEach(() => {
    labels = ['execID'];
    engine.containers.set(web, inspectOf(web, { ExecIDs: [one] }));
    engine.execs.set(one, execOf(one, web, ['sh', '-c', 'id'], { privileged: true }));
  });

  it('is not believed: the exec is found among the live ones by its command', async () => {
    const found = await findExec(event('exec_create', 'sh -c id', other), context);
    expect(found).toMatchObject({ id: one, inspect: { ProcessConfig: { privileged: true } } });
  });

  it('takes the privileged one of two with the same command, then the other', async () => {
    engine.containers.set(web, inspectOf(web, { ExecIDs: [two, one] }));
    engine.execs.set(two, execOf(two, web, ['sh', '-c', 'id']));
    const found = [
      await findExec(event('exec_create', 'sh -c id', other, '1'), context),
      await findExec(event('exec_create', 'sh -c id', other, '2'), context),
    ];
    expect(found.map(({ id }) => id)).toEqual([one, two]);
  });

  it('of an end is the exec that does not run any more', async () => {
    await findExec(event('exec_create', 'sh -c id', other), context);
    engine.execs.set(one, execOf(one, web, ['sh', '-c', 'id'], { running: false, exit: 1 }));
    engine.containers.set(web, inspectOf(web, { ExecIDs: null }));
    expect(await findExec(event('exec_die', '', other), context)).toMatchObject({ id: one, inspect: { ExitCode: 1 } });
  });

  it('of a short exec is found too, when its events are asked about at the same time', async () => {
    engine.execs.set(one, execOf(one, web, ['sh', '-c', 'id'], { running: false, exit: 3 }));
    const found = await Promise.all([
      findExec(event('exec_create', 'sh -c id', other, '1'), context),
      findExec(event('exec_start', 'sh -c id', other, '2'), context),
      findExec(event('exec_die', '', other, '3'), context),
    ]);
    expect(found.map(({ id }) => id)).toEqual([one, one, one]);
  });

  it('leaves an exec that cannot be found with an id of its own', async () => {
    const found = await findExec(event('exec_create', 'gone already', other), context);
    expect(found).toMatchObject({ text: 'gone already', inspect: undefined });
    expect([one, two, other]).not.toContain(found.id);
  });
});

describe('an execID', () => {
  it('of another container is not believed, whatever the labels', async () => {
    for (const known of [[], undefined]) {
      labels = known;
      expect((await findExec(event('exec_create', 'x', other), context)).id).not.toBe(other);
    }
  });

  it('of a container whose labels are not known is believed when the engine says whose it is', async () => {
    labels = undefined;
    engine.execs.set(one, execOf(one, web, ['id']));
    expect((await findExec(event('exec_create', 'id', one), context)).id).toBe(one);
  });
});

describe('an event that names neither exec nor command, as Podman sends it', () => {
  const unnamed = (action: string, nano: string): EngineEvent => ({ ...event(action, '', '', nano), attributes: {} });
  const [three, four] = [hexId('exec three'), hexId('exec four')];

  const contain = (ids: readonly string[]): void => void engine.containers.set(web, inspectOf(web, { ExecIDs: ids }));

  it('is of the one that runs, not of one that ended or could not be started', async () => {
    contain([one, two, three]);
    engine.execs.set(one, execOf(one, web, ['old'], { running: false, exit: 0, privileged: true }));
    engine.execs.set(two, execOf(two, web, ['id']));
    engine.execs.set(three, execOf(three, web, ['/none'], { running: false, exit: 127 }));
    expect(await findExec(unnamed('exec_start', '1'), context)).toMatchObject({
      id: two,
      text: '',
      inspect: { ProcessConfig: { entrypoint: 'id' } },
    });
  });

  it('is of the privileged one of two, and the next event of the other', async () => {
    contain([one, two]);
    engine.execs.set(one, execOf(one, web, ['id']));
    engine.execs.set(two, execOf(two, web, ['id'], { privileged: true }));
    expect((await findExec(unnamed('exec_start', '1'), context)).id).toBe(two);
    expect((await findExec(unnamed('exec_start', '2'), context)).id).toBe(one);
  });

  it('is of what was not there before, where all have ended', async () => {
    contain([one, two]);
    for (const id of [one, two]) engine.execs.set(id, execOf(id, web, ['old'], { running: false, exit: 0 }));
    await findExec(unnamed('exec_start', '1'), context);
    contain([one, two, three, four].toSorted());
    engine.execs.set(three, execOf(three, web, ['new'], { running: false, exit: 0 }));
    engine.execs.set(four, execOf(four, web, ['/none'], { running: false, exit: 127 }));
    expect((await findExec(unnamed('exec_start', '2'), context)).id).toBe(three);
  });

  it('tells the end of the one whose start was told', async () => {
    contain([one, two]);
    engine.execs.set(one, execOf(one, web, ['old'], { running: false, exit: 0 }));
    engine.execs.set(two, execOf(two, web, ['id']));
    await findExec(unnamed('exec_start', '1'), context);
    engine.execs.set(two, execOf(two, web, ['id'], { running: false, exit: 3 }));
    expect(await findExec(unnamed('exec_die', '2'), context)).toMatchObject({ id: two, inspect: { ExitCode: 3 } });
  });
});
