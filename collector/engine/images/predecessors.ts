import type { PredecessorFacts } from '../../../shared/facts/image.ts';
import type { ContainerFacts } from '../../../shared/observation.ts';
import { dropOldest } from '../../newest.ts';
import type { KnownContainer } from '../inventory.ts';

/** The last container of each name (EXE-12). Lives as long as the process; bounded, the name that was used longest ago goes first. */
export interface Predecessors {
  /** Compares a container that was just created with the one before, and takes its place. */
  succeed(container: ContainerFacts): PredecessorFacts | undefined;
  /** Takes over what is there. */
  know(containers: readonly KnownContainer[]): void;
  takeEvicted(): number;
}

const mostNames = 2_000;

interface Last {
  readonly id: string;
  readonly image: string;
  readonly test: string;
}

export function createPredecessors(): Predecessors {
  const last = new Map<string, Last>();
  let evicted = 0;
  const put = (name: string, { id, image, healthcheck }: ContainerFacts): void => {
    last.delete(name);
    last.set(name, { id, image: image.id, test: testOf(healthcheck) });
    if (dropOldest(last, mostNames) !== undefined) evicted += 1;
  };
  return {
    succeed: (container) => {
      const name = meantName(container.name);
      const before = last.get(name);
      put(name, container);
      if (before === undefined || before.id === container.id) return undefined;
      return {
        image_changed: before.image !== container.image.id,
        healthcheck_changed: before.test !== testOf(container.healthcheck),
      };
    },
    know: (containers) => {
      for (const { name, snapshot } of containers)
        if (!last.has(meantName(name))) put(meantName(name), snapshot.container);
    },
    takeEvicted: () => {
      const taken = evicted;
      evicted = 0;
      return taken;
    },
  };
}

/** Compose makes a replacement as `<first 12 digits of the old id>_name`, and renames it when the old one is gone. */
const meantName = (name: string): string => name.replace(/^[0-9a-f]{12}_/, '');

/** Without a test and with one that was switched off is the same: nothing runs. */
const testOf = (test: readonly string[] | undefined): string =>
  test === undefined || test.length === 0 || test[0] === 'NONE' ? '' : JSON.stringify(test);
