import { expect, it } from 'vitest';
import type { Observation } from '../../../../shared/observation.ts';
import { heartbeat } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, told } from '../../../support/analyzer/play.ts';
import { rule, ruleSet } from '../../../support/analyzer/rules.ts';

/** What is so of a host itself: no container has it. */
const rules = ruleSet([
  rule('DMN-02', ({ daemon }) => daemon?.file?.problems !== undefined, { nature: 'condition' }),
  rule('DMN-01', ({ daemon }) => (daemon?.weaknesses ?? []).length > 0, { nature: 'condition' }),
]);
const { host } = heartbeat(1, 1);

/** A look at the engine: its settings, and the files that are wrong. */
function look(at: number, { weak = false, files = [], action = 'poll' }: Look): Observation[] {
  const objects = ['daemon', ...files.map((path) => `file:${path}`)];
  const about = (object: string) => ({
    id: `${at} ${object}`,
    kind: 'daemon' as const,
    at,
    event: { source: 'inspect' as const, action },
    host,
    snapshot: { id: `${at}`, object, objects, hash: `${at}` },
  });
  return [
    { ...about('daemon'), daemon: { weaknesses: weak ? ['no-seccomp'] : [] } },
    ...files.map((path): Observation => {
      const file = { path, kind: 'configuration', problems: ['world-writable'] } as const;
      return { ...about(`file:${path}`), daemon: { file } };
    }),
  ];
}
interface Look {
  readonly weak?: boolean;
  readonly files?: readonly string[];
  readonly action?: string;
}

it('is told once, as posture when it was so at first, and ends when it is no longer so or no longer there', () => {
  const play = createPlay({ rules });
  const first = findings(play.batch(look(1, { weak: true, files: ['/a', '/b'], action: 'present' })));
  expect(first.map(({ rule: { id }, posture, nature }) => [id, posture, nature])).toEqual([
    ['DMN-01', true, 'condition'],
    ['DMN-02', true, 'condition'],
    ['DMN-02', true, 'condition'],
  ]);
  expect(first.every(({ container }) => container === undefined)).toBe(true);
  expect(told(play.batch(look(2, { weak: true, files: ['/a', '/b'] })))).toEqual([]);
  play.restart();
  const later = play.batch(look(3, { files: ['/b'] }));
  expect(later.map((record) => [record.type, record.type === 'ended' && record.reason])).toEqual([
    ['ended', 'it is no longer so'],
    ['ended', 'its object is gone'],
  ]);
  expect(findings(play.batch(look(4, { files: ['/a', '/b'] }))).map(({ posture }) => posture)).toEqual([undefined]);
});

it('does not end by what is told of the host besides', () => {
  const play = createPlay({ rules });
  play.batch(look(1, { weak: true }));
  const reload: Observation = {
    id: 'r',
    kind: 'daemon',
    at: 2,
    event: { source: 'docker-event', action: 'reload' },
    host,
    docker: { type: 'daemon', id: 'd' },
    daemon: { reload: {} },
  };
  expect(play.batch([reload, heartbeat(1, 3)])).toEqual([]);
});
