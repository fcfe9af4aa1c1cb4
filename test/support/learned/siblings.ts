import type { Observation } from '../../../shared/observation.ts';
import { type Excess, isReadingOf, labels, type Needs } from './stack.ts';

/** Three replicas that do the same work. */
export const siblings = [1, 2, 3]
  .map((nth) => `docker run -d --name api-${nth} ${labels('api')} $N $B sleep 3600`)
  .join('; ');

/** In letters: numbers would be generalised. */
const word = (nth: number): string => String.fromCharCode(97 + (Math.floor(nth / 26) % 26), 97 + (nth % 26));

/**
 * What they always do: something new. So their commands are never learned, and what one alone does is told by nobody but its siblings.
 *
 * @param nth no two rounds have the same
 */
export const newWork = (nth: number): string =>
  [`one-${word(nth)}`, `two-${word(nth)}`]
    .flatMap((work) => [1, 3].map((replica) => `docker exec api-${replica} true ${work} &`))
    .join('\n');

/** What one does alone; eight times, a slot of time apart, are no chance. */
const oddWork = 'docker exec api-2 du -s /tmp';

export const oddOne: Excess = {
  feature: 'replicas',
  script: oddWork,
  summary:
    /one replica of shop\/api is unlike its siblings: du -s \/tmp \(exec-commands\), which none of the 2 others showed/,
};

/** Three more that do nothing, of which one will hold memory. Three times ten minutes of it are told, so they are watched in the past alone. */
const crew = [1, 2, 3].map((nth) => `crew-${nth}`);
const oddMate = 'crew-2';
const heldMebibytes = 200;
export const mates = crew.map((name) => `docker run -d --name ${name} ${labels('crew')} $N $B sleep 3600`).join('\n');
/** The pipe takes none of it. */
export const burdenMate = `docker exec -d ${oddMate} sh -c 'dd if=/dev/zero bs=${heldMebibytes}M count=1 2>/dev/null | sleep 3600'`;
export const withoutMates = `docker rm -f ${crew.join(' ')} >/dev/null 2>&1 || true`;

const isHolding = ({ resources }: Observation): boolean => (resources?.memory_bytes ?? 0) >= heldMebibytes * 2 ** 20;
/** What is read of one of them that does as the others do, by what it is. */
export const alike: Needs = Object.fromEntries(
  crew.map((name) => [`a reading of ${name}`, (one) => isReadingOf(one, name) && !isHolding(one)]),
);
export const odd: Needs = {
  [`a reading of ${oddMate}, holding memory`]: (one) => isReadingOf(one, oddMate) && isHolding(one),
};

export const oddLevel: Excess = {
  feature: 'replicas',
  summary:
    /one replica of shop\/crew is unlike its siblings: memory was [^;]+ for \d+ min, while the median of the 2 others was /,
};
