import type { StateChange } from '../../shared/bus/port.ts';
import { type Finding, severityRank } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import { type HiddenCondition, hiddenKey } from './persist.ts';

/** The conditions of a partition that are so and that nobody was told of, so that they can be told once nothing hides them any more. */
export interface HiddenConditions {
  /** It is hidden by that suppression. A finding that tells of no condition changes nothing. */
  take(finding: Finding, by: string): void;
  /** It is no longer so, or it was told. */
  drop(hostId: string, subject: string | undefined): void;
  /**
   * Takes out what only that suppression hid, first begun first.
   * @param hidesStill id of another suppression that hides it
   */
  release(ended: string, hidesStill: (finding: Finding) => string | undefined): readonly Finding[];
  /** What changed since it was last asked. */
  changes(): readonly StateChange[];
}

export interface HiddenOptions {
  readonly partition: number;
  readonly restored: readonly HiddenCondition[];
  readonly most: number;
  /** Called for every condition that there is no room for, with the suppression that hides it: it will not be told when that ends. */
  readonly onForgotten: (by: string) => void;
}

/** A value of the bus has 64 KiB; no finding of the analyzer comes near. */
const mostBytes = 56 * 1024;

export function createHiddenConditions({ partition, restored, most, onForgotten }: HiddenOptions): HiddenConditions {
  const all = new Map(restored.map((one) => [nameOf(one.finding), one]));
  const touched = new Set<string>();
  const set = (name: string, one: HiddenCondition | undefined): void => {
    if (one === undefined && !all.has(name)) return;
    if (one === undefined) all.delete(name);
    else all.set(name, one);
    touched.add(name);
  };
  const shrink = (): void => {
    if (all.size <= most) return;
    const [first, ...others] = all.values();
    if (first === undefined) return;
    const leaves = others.reduce((a, b) => (byWorth(a, b) < 0 ? a : b), first);
    set(nameOf(leaves.finding), undefined);
    onForgotten(leaves.by);
  };

  return {
    take: (finding, by) => {
      if (finding.nature !== 'condition' || finding.subject === undefined) return;
      const name = nameOf(finding);
      const known = all.get(name)?.finding;
      // Since when it is so, and how grave it is at worst.
      if (known !== undefined && severityRank(known.severity) >= severityRank(finding.severity)) return;
      const one = { finding: { ...finding, at: Math.min(known?.at ?? finding.at, finding.at) }, by };
      if (Buffer.byteLength(JSON.stringify(one)) > mostBytes) onForgotten(by);
      else set(name, one);
      shrink();
    },
    drop: (hostId, subject) => {
      if (subject !== undefined) set(nameOf({ host: { id: hostId }, subject }), undefined);
    },
    release: (ended, hidesStill) => {
      const freed: Finding[] = [];
      for (const [name, { finding, by }] of all) {
        const other = hidesStill(finding);
        if (other === undefined) freed.push(finding);
        if (other === undefined) set(name, undefined);
        else if (by === ended) set(name, { finding, by: other });
      }
      return freed.sort(byBeginning);
    },
    changes: () => {
      const changes = [...touched].map((name) => {
        const one = all.get(name);
        return { key: hiddenKey(partition, name), value: one === undefined ? null : JSON.stringify(one) };
      });
      touched.clear();
      return changes;
    },
  };
}

const nameOf = ({
  host,
  subject = '',
}: {
  readonly host: { readonly id: string };
  readonly subject?: string | undefined;
}) => deriveId('hidden', host.id, subject);

const byBeginning = (a: Finding, b: Finding): number => a.at - b.at || (a.id < b.id ? -1 : 1);

/** What gives way comes first: the least grave, of equally grave ones the newest, so that a flood pushes out nothing that was there before. */
const byWorth = (a: HiddenCondition, b: HiddenCondition): number =>
  severityRank(a.finding.severity) - severityRank(b.finding.severity) || byBeginning(b.finding, a.finding);
