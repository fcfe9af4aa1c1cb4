import { firstValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import type { BusRecord, Commit } from '../../../../shared/bus/port.ts';
import { decisionAnswerSchema, decisionHeader } from '../../../../shared/decision.ts';
import { incidentUpdateSchema } from '../../../../shared/incident.ts';
import { answersOf, batch, decided, ended, finding, record, rule, tick, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

const at = (id: string, logged: number, more: Parameters<typeof finding>[1] = {}): BusRecord =>
  record(told(finding(id, { at: logged, ...more })), logged);

/** Id of the incident that a finding on `web` opens. */
const [opened] = updatesOf(await run([[at('f1', minute)]]));
const id = opened?.incident.id ?? '';
const changes = (commits: readonly Commit[]) => updatesOf(commits).map(({ change }) => change);

describe('what people decide about an incident', () => {
  it('is acknowledged with who, when and why, and stays so when more of the same is found', async () => {
    const commits = await run([
      [at('f1', minute), decided({ type: 'acknowledge', incident: id, version: 1 }, 2 * minute, { reason: 'on it' })],
      [at('f2', 3 * minute)],
    ]);
    expect(changes(commits)).toEqual(['opened', 'acknowledged', 'grown']);
    const acknowledgement = { at: 2 * minute, by: 'sam', note: 'on it' };
    expect(updatesOf(commits)[1]).toMatchObject({ incident: { status: 'acknowledged', version: 2, acknowledgement } });
    expect(updatesOf(commits)[2]?.incident).toMatchObject({ status: 'acknowledged', count: 2, acknowledgement });
    for (const update of updatesOf(commits)) expect(incidentUpdateSchema.parse(update)).toEqual(update);
    const [answer] = answersOf(commits);
    expect(decisionAnswerSchema.parse(answer)).toMatchObject({
      result: 'applied',
      text: 'acknowledged: web: Docker socket mounted; it opens again when it gets worse',
      made: { reason: 'on it', order: { type: 'acknowledge', incident: id, version: 1 } },
    });
  });

  it('opens again when it gets worse, and says why', async () => {
    const commits = await run([
      [at('f1', minute), decided({ type: 'acknowledge', incident: id }, 2 * minute)],
      [at('f2', 3 * minute, { ...rule('rule-2', 'Escape'), severity: 'critical' })],
    ]);
    const last = updatesOf(commits).at(-1);
    expect(last).toMatchObject({
      change: 'reopened',
      reason: 'it was acknowledged and got worse: high before, critical now',
      finding: 'f2',
      incident: { id, status: 'open', reopened: 1, severity: 'critical' },
    });
    expect(last?.incident).not.toHaveProperty('acknowledgement');
  });

  it('opens again for what is critical or never hidden of a rule that it did not have, and for nothing else as grave', async () => {
    const critical = { severity: 'critical' } as const;
    const hidden = { severity: 'medium' as const, rule: { ...rule('eva', 'Hides').rule, catalogue: ['EVA-05'] } };
    const acknowledge = (minutes: number) => decided({ type: 'acknowledge', incident: id }, minutes * minute);
    const commits = await run([
      [at('f1', minute, critical), acknowledge(2)],
      [at('f2', 3 * minute, { ...critical, summary: 'the same rule' })],
      [at('f3', 4 * minute, { ...rule('rule-2', 'Lesser'), severity: 'high' })],
      [at('f4', 5 * minute, { ...critical, ...rule('rule-3', 'Escape') }), acknowledge(6)],
      [at('f5', 7 * minute, { ...critical, ...rule('rule-3', 'Escape'), summary: 'once more' })],
      [at('f6', 8 * minute, hidden), acknowledge(9)],
      [at('f7', 10 * minute, { ...hidden, summary: 'once more' })],
    ]);
    expect(updatesOf(commits).map(({ change, incident, reason }) => [change, incident.status, reason])).toEqual([
      ['opened', 'open', undefined],
      ['acknowledged', 'acknowledged', undefined],
      ['grown', 'acknowledged', undefined],
      ['grown', 'acknowledged', undefined],
      ['reopened', 'open', 'it was acknowledged, and something else was found since: Escape'],
      ['acknowledged', 'acknowledged', undefined],
      ['grown', 'acknowledged', undefined],
      ['reopened', 'open', 'it was acknowledged, and something else was found since: Hides'],
      ['acknowledged', 'acknowledged', undefined],
      ['grown', 'acknowledged', undefined],
    ]);
  });

  it('is closed with who and why, although a condition is still so', async () => {
    const condition = at('f1', minute, { nature: 'condition', subject: 's' });
    const commits = await run([
      [condition],
      [decided({ type: 'close', incident: id }, 2 * minute, { reason: 'accepted\u001b[2J' })],
      [decided({ type: 'close', incident: id }, 3 * minute)],
    ]);
    expect(updatesOf(commits).at(-1)).toMatchObject({
      change: 'closed',
      incident: { status: 'closed', closedBy: 'sam', closeReason: 'accepted [2J', closedAt: 2 * minute },
    });
    expect(answersOf(commits)).toMatchObject([
      { result: 'applied', text: 'closed: web: Docker socket mounted' },
      { result: 'refused', text: 'it is closed already (accepted [2J)' },
    ]);
  });

  it('takes notes, also when it is closed, and keeps the newest', async () => {
    const notes = Array.from({ length: 12 }, (_, i) =>
      decided({ type: 'note', incident: id }, (3 + i) * minute, { reason: `note ${i}` }),
    );
    const commits = await run([[at('f1', minute)], [decided({ type: 'close', incident: id }, 2 * minute), ...notes]]);
    const last = updatesOf(commits).at(-1);
    expect(last).toMatchObject({ change: 'grown', reason: 'sam: note 11', incident: { status: 'closed' } });
    expect(last?.incident.notes?.map(({ note }) => note)).toEqual(
      Array.from({ length: 10 }, (_, i) => `note ${i + 2}`),
    );
  });

  it('is refused when the incident changed since, is unknown, or is another host’s', async () => {
    const order = { type: 'acknowledge', incident: id } as const;
    const foreign = decided({ ...order }, 6 * minute);
    const elsewhere = { ...foreign, value: foreign.value?.replace('"id":"h1"', '"id":"h2"') ?? '' };
    const commits = await run([
      [at('f1', minute)],
      [at('f2', 2 * minute), decided({ ...order, version: 1 }, 4 * minute)],
      [decided({ ...order, incident: 'nothing' }, 5 * minute), elsewhere],
    ]);
    expect(answersOf(commits).map(({ result, text }) => [result, text])).toEqual([
      ['refused', 'the incident changed since: it has version 2, not 1'],
      ['refused', 'no incident nothing on lab1 is open or was closed lately'],
      ['refused', `no incident ${id} on lab1 is open or was closed lately`],
    ]);
    expect(changes(commits)).toEqual(['opened', 'grown']);
  });

  it('is obeyed alike however the log is cut: what only counts more of the same is no other version until it is told', async () => {
    const order = { type: 'acknowledge', incident: id, version: 1 } as const;
    const told = async (second: number, isCut: boolean) => {
      const [more, decision] = [at('f2', minute + 1_000), decided(order, minute + second * 1_000)];
      const commits = await run([[at('f1', minute)], ...(isCut ? [[more], [decision]] : [[more, decision]])]);
      const versions = updatesOf(commits).map(({ change, incident }) => [change, incident.version, incident.count]);
      return [answersOf(commits)[0]?.result, versions];
    };
    for (const isCut of [true, false]) {
      expect(await told(2, isCut)).toEqual([
        'applied',
        [
          ['opened', 1, 1],
          ['acknowledged', 2, 2],
        ],
      ]);
      expect(await told(20, isCut)).toEqual([
        'refused',
        [
          ['opened', 1, 1],
          ['grown', 2, 2],
        ],
      ]);
    }
  });

  it('says with which token, however long a name the client gave', async () => {
    const by = `${'x'.repeat(100)} (by the token ${'y'.repeat(64)})`;
    const note = decided({ type: 'note', incident: id }, 2 * minute);
    const named = { ...note, value: note.value?.replace('"sam"', JSON.stringify(by)) ?? '' };
    const commits = await run([[at('f1', minute), named]]);
    expect(updatesOf(commits).at(-1)?.incident.notes).toMatchObject([{ by }]);
  });

  it('is obeyed once, however often it comes, and rejected when it cannot be understood', async () => {
    const decision = decided({ type: 'acknowledge', incident: id }, 2 * minute);
    const later = { ...decision, headers: { [decisionHeader]: '2' } };
    const foreign = { ...decision, value: '{"order":{"type":"approve"}}' };
    const commits = await run([[at('f1', minute), decision, decision], [decision], [later, foreign]]);
    expect(answersOf(commits)).toHaveLength(1);
    const rejected = commits.flatMap(({ outputs }) => outputs).filter(({ topic }) => topic === 'rejected');
    expect(rejected.map(({ record: { value } }) => value)).toEqual([
      expect.stringContaining('decision of version'),
      expect.stringContaining('not a decision'),
    ]);
  });
});

describe('an incident that was closed lately', () => {
  it('is opened again by what is found within the window, under its id and with its versions going on', async () => {
    const commits = await run([
      [at('f1', minute)],
      [tick(16 * minute)],
      [at('f2', 40 * minute)],
      [at('f3', 41 * minute)],
    ]);
    expect(updatesOf(commits).map(({ change, incident }) => [change, incident.id, incident.version])).toEqual([
      ['opened', id, 1],
      ['closed', id, 2],
      ['reopened', id, 3],
      ['grown', id, 4],
    ]);
    const again = updatesOf(commits)[2];
    expect(again).toMatchObject({
      reason: 'something was found 24 minutes after it was closed',
      finding: 'f2',
      incident: { status: 'open', reopened: 1, count: 2 },
    });
    expect(again?.incident).not.toHaveProperty('closedAt');
    expect(again?.incident).not.toHaveProperty('closeReason');
  });

  it('is forgotten after the window, so that another one opens', async () => {
    const commits = await run([[at('f1', minute)], [tick(16 * minute)], [tick(76 * minute)], [at('f2', 77 * minute)]]);
    expect(commits.map(({ nextWake }) => nextWake)).toEqual([16, 76, undefined, 92].map((n) => n && n * minute));
    expect(commits[2]?.state.every(({ value }) => value === null)).toBe(true);
    expect(updatesOf(commits).at(-1)).toMatchObject({ change: 'opened', incident: { version: 1, count: 1 } });
  });

  it('hears of the end of its conditions without telling', async () => {
    const commits = await run([
      [at('f1', minute, { nature: 'condition', subject: 's' }), decided({ type: 'close', incident: id }, 2 * minute)],
      [record(ended('f1', 's', { at: 3 * minute }), 3 * minute)],
      [at('f2', 4 * minute)],
    ]);
    expect(changes(commits)).toEqual(['opened', 'closed', 'reopened']);
    expect(updatesOf(commits).at(-1)?.incident.findings[0]).toMatchObject({ endedAt: 3 * minute });
  });
});

it('reads the state of an older version', async () => {
  const [commit] = await run([[at('f1', minute)]]);
  const state = new Map(
    (commit?.state ?? []).map(({ key, value }) => {
      const {
        members: _m,
        containers: _c,
        creators: _r,
        hidden: _h,
        ...old
      } = JSON.parse(value ?? '{}') as Record<string, unknown>;
      return [key, JSON.stringify(old)];
    }),
  );
  const stage = createIncidentStage({ quietMs: minute, reopenMs: 0, suppressionMs: 0 });
  const next = await firstValueFrom(of(batch([at('f2', 90_000)])).pipe(stage({ partition: 0, restored: state })));
  expect(updatesOf([next])).toMatchObject([{ change: 'grown', incident: { id, version: 2, count: 2 } }]);
});
