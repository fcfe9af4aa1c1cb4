/** One way of doing a piece of work. Resolves with its rate (records/s), or whatever number is compared. */
export interface Contestant {
  readonly name: string;
  run(round: number): Promise<number>;
}

export interface Result {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Runs all contestants in turn, round after round, every other round backwards: what the machine does meanwhile hits all of them alike.
 * Gives the results in the order of the contestants.
 */
export async function inRounds(contestants: readonly Contestant[], rounds: number): Promise<readonly Result[]> {
  const measured = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = contestants.map((contestant, index) => ({ contestant, index }));
    if (round % 2 === 1) order.reverse();
    for (const { contestant, index } of order) measured[index]?.push(await contestant.run(round));
  }
  return measured.map(resultOf);
}

function resultOf(values: readonly number[]): Result {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2, least: at(0), most: at(sorted.length - 1) };
}

/** `1,234/s (1,100–1,300)`: median, and least to most. */
export function rateText({ median, least, most }: Result): string {
  const text = (value: number): string => Math.round(value).toLocaleString('en');
  return `${text(median)}/s (${text(least)}–${text(most)})`;
}
