import type { LinkedCorrelation } from '../rule.ts';
import { countMeasure, sumMeasure } from './additive.ts';
import type { WindowRule } from './advance.ts';
import type { GroupState, Occurrence } from './contract.ts';
import { distinctMeasure } from './distinct.ts';
import { type FieldOf, numbersOf, valuesOf } from './groups.ts';
import { enough, holds, type Measure } from './measure.ts';
import { orderedMeasure } from './ordered.ts';
import { averageMeasure, percentileMeasure } from './statistic.ts';

/** A type of correlation at work: what an event adds to its group, and how windows are judged. */
export interface Kind extends WindowRule {
  /** Of one event, which several rules may have found: an event counts once. Nothing: the event is not looked at. */
  adds(event: readonly Occurrence[]): { readonly values: GroupState['values']; readonly isCut: boolean };
}

export function kindOf(
  linked: LinkedCorrelation,
  { fieldOf, latenessMs, keep }: { readonly fieldOf: FieldOf; readonly latenessMs: number; readonly keep: number },
): Kind {
  const { timespanMs, bounds } = linked.correlation.correlation;
  return {
    timespanMs,
    latenessMs,
    measure: measureOf(linked, keep),
    holds: (value) => holds(bounds, value),
    adds: addsOf(linked, fieldOf),
  };
}

function measureOf({ correlation: { correlation: spec }, rules }: LinkedCorrelation, keep: number): Measure {
  const need = enough(spec.bounds);
  switch (spec.type) {
    case 'event_count':
      return countMeasure({ need, keep });
    case 'value_count':
      return distinctMeasure({ need, keep });
    case 'temporal':
      return distinctMeasure({ need: Math.min(need, rules.length + 1), keep });
    case 'temporal_ordered':
      return orderedMeasure({ rules: rules.length, keep });
    case 'value_sum':
      return sumMeasure({ keep });
    case 'value_avg':
      return averageMeasure({ keep });
    case 'value_percentile':
      return percentileMeasure({ percentile: spec.percentile ?? 50, keep });
    case 'value_median':
      return percentileMeasure({ percentile: 50, keep });
  }
}

function addsOf({ correlation: { correlation: spec }, rules }: LinkedCorrelation, fieldOf: FieldOf): Kind['adds'] {
  const whole = (values: GroupState['values']) => ({ values, isCut: false });
  const once = whole([1]);
  const [field = ''] = spec.fields;
  switch (spec.type) {
    case 'event_count':
      return () => once;
    case 'value_count':
      return (event) => {
        const all = event.map((occurrence) => valuesOf(occurrence, spec.fields, fieldOf));
        return { values: [...new Set(all.flatMap(({ values }) => values))], isCut: all.some(({ isCut }) => isCut) };
      };
    case 'temporal':
    case 'temporal_ordered':
      // Falling, so that one event is not several steps of an order.
      return (event) => whole(event.map(({ rule }) => rules.indexOf(rule)).sort((a, b) => b - a));
    default:
      return (event) => {
        const all = event.map((occurrence) => numbersOf(occurrence, fieldOf(occurrence.rule, field)));
        return all.find(({ values }) => values.length > 0) ?? whole([]);
      };
  }
}
