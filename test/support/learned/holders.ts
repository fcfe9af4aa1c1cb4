import type { Observation } from '../../../shared/observation.ts';
import { type Excess, labels } from './stack.ts';

/** So many MiB containers of a workload hold, one after the other. */
const held = { keeper: [100, 180], grower: [60, 74, 92, 114] } as const;
type Holder = keyof typeof held;
const holderNames = (service: Holder): readonly string[] => held[service].map((size) => `${service}-${size}`);
/** One that holds so much; the pipe takes none of it. */
const holder = (service: Holder, size: number): string =>
  `docker run -d --name ${service}-${size} ${labels(service)} $N $B sh -c '
    dd if=/dev/zero bs=${size}M count=1 2>/dev/null | sleep 3600'`;
const services = ['keeper', 'grower'] as const;

/** Makes all of them. */
export const holders: string = services
  .flatMap((service) => held[service].map((size) => holder(service, size)))
  .join('\n');

/** Takes them away: there is to be nothing but their past. */
export const endOfPast = `docker rm -f ${services.flatMap(holderNames).join(' ')} >/dev/null 2>&1 || true`;

/** Readings of the containers that hold memory, once they hold it. */
export const holding = (service: Holder): Readonly<Record<string, (observation: Observation) => boolean>> =>
  Object.fromEntries(
    held[service].map((size) => [
      `a reading of ${service}-${size}`,
      (one: Observation) =>
        one.kind === 'resources' &&
        one.container?.name === `${service}-${size}` &&
        (one.resources?.memory_bytes ?? 0) >= size * 2 ** 20,
    ]),
  );

/** What the past itself exceeds, and no chart of readings would tell: a shift at its end, and a slow rise. */
export const longTerm: readonly Excess[] = [
  {
    feature: 'memory',
    summary: /shop\/keeper used .+ of memory, .+ times its usual mean of these hours, for \d+ h/,
  },
  {
    feature: 'memory',
    summary:
      /shop\/grower used .+ of memory on average of a day; \d+ days ago it was .+, and it has risen steadily since/,
  },
];
