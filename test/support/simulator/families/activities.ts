import type { Observation } from '../../../../shared/observation.ts';
import type { Chance } from '../chance.ts';
import type { Program } from '../programs.ts';
import type { Destination } from '../sensors.ts';
import { busyness, byItself, every, isOfficeTime, secondMs } from '../times.ts';
import type { Activity, Running } from '../world.ts';

/** What is observed each time; a turn that begins before the last one ended waits for it. */
export function* atTimes(times: Iterable<number>, tell: (at: number) => readonly Observation[]): Iterable<Observation> {
  let last = Number.NEGATIVE_INFINITY;
  for (const at of times) {
    for (const observation of tell(Math.max(at, last + 1))) {
      last = observation.at;
      yield observation;
    }
  }
}

/** What the first looks after a start find: processes, listeners, and what a program connects to at its start alone. */
export const startsWith =
  (of: { programs: readonly Program[]; ports: readonly number[]; calls?: readonly Destination[] }): Activity =>
  ({ from, tell, chance }) => {
    const [init] = of.programs;
    if (init === undefined) return [];
    const sweep = Math.trunc(from + chance('first sweep').between(0.5, 3) * secondMs);
    return [
      ...of.programs.map((program, index) => tell.process(sweep + index, { ...program, instance: from + index })),
      ...of.ports.map((port, index) => tell.listen(sweep + 100 + index, port, init)),
      ...(of.calls ?? []).map((call, index) => tell.egress(sweep + 1_000 * (index + 1), call, init)),
    ];
  };

/** The engine's own execs for the health check, as the image has it. */
export const isChecked: Activity = (running) => {
  const { healthcheck } = running.box.spec;
  const [first, ...rest] = healthcheck ?? [];
  if (first === undefined) return [];
  const times = every(running.world.healthcheckMs, running, running.chance('health check'), 0.001);
  return atTimes(times, (at) => running.tell.exec(at, [first, ...rest]));
};

export interface Calling {
  /** Names the draws. */
  readonly name: string;
  readonly perHour: number;
  readonly by: Program;
  /** Default: as people are busy. */
  readonly when?: (at: number) => number;
  to(at: number, chance: Chance, running: Running): Destination;
}

/** Connects to something again and again. */
export const calls =
  ({ name, perHour, by, when = busyness, to }: Calling): Activity =>
  (running) => {
    const chance = running.chance('call', name);
    const times = byItself(perHour, running, running.chance('calls', name), (at) => perHour * when(at));
    return atTimes(times, (at) => [running.tell.egress(at, to(at, chance, running), by)]);
  };

/** Asks one place after each interval, whatever people do: a poll. */
export const polls =
  ({ ms, by, to }: { readonly ms: number; readonly by: Program; readonly to: Destination }): Activity =>
  (running) =>
    atTimes(every(ms, running, running.chance('poll', to.ip)), (at) => [running.tell.egress(at, to, by)]);

/** Is connected to by others, as people are busy. */
export const isCalled =
  (perHour: number, port: number, by: (chance: Chance) => { ip: string; container?: string }): Activity =>
  (running) => {
    const chance = running.chance('called', port);
    const times = byItself(perHour, running, running.chance('calls in', port), (at) => perHour * busyness(at));
    return atTimes(times, (at) => [running.tell.ingress(at, by(chance), port)]);
  };

type Command = readonly [string, ...string[]];

/** People who look after it: by exec, with a terminal, in working hours, and seldom when something is wrong at night. */
export const lookedAfter =
  (perWeek: number, commands: readonly [Command, ...Command[]], user = ''): Activity =>
  (running) => {
    const perHour = perWeek / 45;
    const chance = running.chance('people', 'what');
    const times = byItself(perHour, running, running.chance('people'), (at) =>
      isOfficeTime(at) ? perHour : perHour / 60,
    );
    return atTimes(times, (at) => {
      // Most of what people do they did before.
      const [program, ...rest] = commands[Math.floor(chance.next() ** 2 * commands.length)] ?? commands[0];
      const args = rest.map((arg) => arg.replace('NUMBER', String(chance.whole(1, 99_999))));
      return running.tell.exec(at, [program, ...args], { user, tty: true, takes: 900 });
    });
  };
