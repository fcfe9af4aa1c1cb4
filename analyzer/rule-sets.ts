import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { readAnalyzers, staleMs } from './status.ts';

export interface RuleSetsOptions {
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  /** Content hash of the rules in use here. */
  mine(): string;
  readonly instance: string;
  readonly clock: () => number;
}

/**
 * A look at the other analyzers of the group: says when one that is alive judges by other rules, again when which ones do has changed, and
 * clears away what those that are gone left behind. @throws what the bus throws
 */
export function createRuleSetsLook(options: RuleSetsOptions): () => Promise<void> {
  const { bus, telemetry, instance, clock } = options;
  let told = '';
  return async () => {
    const mine = options.mine();
    // By the log's clock alone: ours may be another.
    const { others, newest } = await readAnalyzers(bus, instance);
    const gone = others.filter(({ logged }) => newest - logged > staleMs);
    const differing = new Set(others.filter((one) => !gone.includes(one)).map(({ ruleSet }) => ruleSet));
    differing.delete(mine);
    const differ = [...differing].sort().join(', ');
    if (differ !== '' && differ !== told) telemetry.happened({ name: 'ruleSetsDiffer', mine, others: differ });
    told = differ;
    if (gone.length > 0)
      await bus.append(
        topic.status,
        gone.map(({ key }) => ({ key, value: null, at: clock() })),
      );
  };
}
