import type { Observation } from '../shared/observation.ts';

interface Budget {
  /** Most characters of a text, most items of a list. */
  readonly text: number;
  readonly items: number;
}

/** One after the other until it fits; what rules look at is at the ends more often than in the middle. */
const budgets: readonly Budget[] = [
  { text: 64_000, items: 2_000 },
  { text: 8_000, items: 400 },
  { text: 800, items: 80 },
];

/**
 * The observation as it is, then with less and less of its longest texts and lists: their first and last halves stay. Which objects a
 * snapshot has is clipped last, because what it leaves out counts as gone.
 */
export function* clipObservation(observation: Observation): Generator<Observation> {
  yield observation;
  const { snapshot, ...rest } = observation;
  for (const budget of budgets) yield { ...clipMembers(rest, budget), ...(snapshot === undefined ? {} : { snapshot }) };
  for (const budget of budgets) yield clipMembers(observation, budget);
}

/** Clipping keeps the shape: objects stay objects, texts texts; ids and kinds are shorter than any budget. */
const clipMembers = <T extends object>(value: T, budget: Budget): T => clip(value, budget) as T;

function clip(value: unknown, budget: Budget): unknown {
  if (typeof value === 'string') return clipText(value, budget.text);
  if (Array.isArray(value)) return clipList(value, budget).map((item) => clip(item, budget));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(clipList(Object.entries(value), budget).map(([key, item]) => [key, clip(item, budget)]));
}

function clipText(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = most / 2;
  return `${text.slice(0, half)}[… ${text.length - most} characters left out …]${text.slice(-half)}`;
}

function clipList<T>(list: readonly T[], { items }: Budget): readonly T[] {
  return list.length <= items ? list : [...list.slice(0, items / 2), ...list.slice(-items / 2)];
}
