import { type Excess, labels } from './stack.ts';

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
