import fc from 'fast-check';
import type { Observation } from '../../../shared/observation.ts';
import { asked, type ContainerLook, egress, engineEvent, exec, lifecycle, snapshot } from './observations.ts';
import type { Moment } from './play.ts';
import { ingress, listening, processSeen } from './procfs-observations.ts';
import { reading } from './readings.ts';

/** One thing that a container may show, at a time that is filled in later. */
export type Happens = (id: string, at: number) => readonly Observation[];

const age = fc.constantFrom(5, 500, 500);
const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.7');
const port = fc.constantFrom(80, 443, 5_432);

export const interactive = (id: string, at: number, args: readonly string[], look: ContainerLook): Observation => {
  const { exec: facts, ...rest } = exec(id, at, args, look);
  return { ...rest, ...(facts && { exec: { ...facts, tty: true } }) };
};

export const ended = (id: string, at: number, exitCode: string): Observation => ({
  ...lifecycle(id, at, 'die'),
  docker: { type: 'container', id, attributes: { exitCode } },
});

const command = fc.constantFrom('ls', 'id', 'pg_dump shop', 'pg_dump crm', 'redis-cli ping');

/** Something of each set feature that one container can show by itself, and whose items are in no fold: few values of everything. */
export const showsItems: fc.Arbitrary<Happens> = fc.oneof(
  fc.tuple(command, age, fc.boolean()).map(
    ([line, old, isTty]): Happens =>
      (id, at) => [(isTty ? interactive : exec)(id, at, line.split(' '), { age: old })],
  ),
  fc.tuple(fc.constantFrom('/bin/a', '/bin/b', '/opt/c'), fc.constantFrom(0, 33), age).map(
    ([executable, user, old]): Happens =>
      (id, at) => [
        processSeen(id, at, { executable, user: { id: user }, parent: { executable: '/init' } }, { age: old }),
      ],
  ),
  fc.tuple(fc.constantFrom('CAP_NET_ADMIN', 'CAP_SYS_TIME'), age).map(
    ([capability, old]): Happens =>
      (id, at) => {
        const capabilities = { effective: [capability], permitted: [capability], beyond: [] };
        return [processSeen(id, at, { executable: '/bin/a', user: { id: 33 }, capabilities }, { age: old })];
      },
  ),
  fc.tuple(address, port, age, fc.boolean()).map(
    ([ip, to, old, first_time]): Happens =>
      (id, at) => {
        const { network, ...one } = egress(id, at, { ip, port: to }, { age: old });
        return [{ ...one, ...(network && { network: { ...network, first_time } }) }];
      },
  ),
  fc.tuple(port, fc.constantFrom('private', 'public')).map(
    ([to, scope]): Happens =>
      (id, at) => [
        ingress(id, at, { from: { ip: '203.0.113.9', port: 40_000, scope }, to: { ip: '172.18.0.2', port: to } }),
      ],
  ),
  fc.constantFrom('api.example.com', 'db', 'backup.example.org').map(
    (question): Happens =>
      (id, at) => [asked(id, at, question)],
  ),
  port.map(
    (from): Happens =>
      (id, at) => [listening(id, at, { ip: '0.0.0.0', port: from }, { executable: '/bin/a' })],
  ),
  // What the engine of their host is asked for.
  fc.constantFrom('pull', 'push').map(
    (action): Happens =>
      (_id, at) => [engineEvent(['image', action], at, { image: { repository: 'docker.io/acme/web' } })],
  ),
  fc.constantFrom('shop', 'crm').map(
    (name): Happens =>
      (_id, at) => [engineEvent(['network', 'create'], at, { docker: { name, attributes: { type: 'bridge' } } })],
  ),
  fc.constant<Happens>((id, at) => [
    { ...lifecycle(id, at, 'create'), docker: { type: 'container', id, attributes: {} } },
  ]),
  fc.tuple(fc.boolean(), fc.constantFrom({}, { '/data': '/srv' })).map(
    ([privileged, mounts]): Happens =>
      (id, at) =>
        snapshot(id, at, { privileged, mounts }),
  ),
);

/** Something of each quantity. What is counted up by the engine grows with time alone. */
export const showsNumbers: fc.Arbitrary<Happens> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(1, 1, 2, 5, 90), age).map(readingOf) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('0', '0', '1', '137').map(
      (code): Happens =>
        (id, at) => [ended(id, at, code)],
    ),
  },
  { weight: 1, arbitrary: fc.constant<Happens>((id, at) => [lifecycle(id, at, 'start')]) },
);

function readingOf([of, old]: readonly [number, number]): Happens {
  return (id, at) => {
    const counters = { sent: Math.round(at / 10), received: Math.round(at / 20), written: Math.round(at / 5) };
    return [reading(id, at, { cpu: of, memory: of * 2 ** 27, pids: of, ...counters }, { age: old })];
  };
}

/** Trouble: what its container shows around it is held back. */
export const troubles: Happens = (id, at) => [exec(id, at, ['sh'], { privileged: true, age: 500 })];

/** Each thing at its time. */
export const told = (scenes: readonly (readonly [id: string, happens: Happens])[], timeOf: (nth: number) => number) =>
  scenes.flatMap(([id, happens], nth): readonly Moment[] => happens(id, timeOf(nth)));
