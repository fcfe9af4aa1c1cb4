import fc from 'fast-check';
import { type IncidentUpdate, incidentChanges } from '../../../../shared/incident.ts';
import { hostileText } from '../../../support/hostile.ts';
import { update } from '../updates.ts';

const hostileNumber = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e300));

/** Incident updates whose every text and number is somebody else's choice. */
export const hostileUpdate: fc.Arbitrary<IncidentUpdate> = fc
  .record({
    texts: fc.array(hostileText, { minLength: 30, maxLength: 30 }),
    numbers: fc.array(hostileNumber, { minLength: 6, maxLength: 6 }),
    has: fc.record({
      container: fc.boolean(),
      workload: fc.boolean(),
      line: fc.boolean(),
      closed: fc.boolean(),
      person: fc.boolean(),
      raised: fc.boolean(),
    }),
    severity: fc.constantFrom('informational', 'low', 'medium', 'high', 'critical'),
    change: fc.constantFrom(...incidentChanges),
  })
  .map(({ texts, numbers, has, severity, change }) => {
    const text = (n: number): string => texts[n] ?? '';
    const number = (n: number): number => numbers[n] ?? 0;
    const [line] = update(1).incident.findings;
    const told = {
      ...(line ?? expectLine()),
      id: text(0),
      rule: { id: text(1), title: text(2), catalogue: [text(3), text(4)] },
      summary: text(5),
      firstAt: number(0),
      lastAt: number(1),
    };
    return {
      ...update(1, {
        id: text(6),
        title: text(7),
        severity,
        host: { id: text(8), name: text(9) },
        workload: has.workload ? { id: text(10), name: text(11) } : undefined,
        container: has.container
          ? { id: text(12), name: text(13), image: { name: text(14), id: text(15) }, lineage: text(16) }
          : undefined,
        findings: has.line ? [told] : [],
        techniques: [text(17), text(18)],
        tactics: [text(19)],
        openedAt: number(2),
        count: number(3),
        ...(has.raised && { raised: { from: severity, because: [text(28), text(29)] } }),
        ...(has.closed && { closedAt: number(4), closeReason: text(20) }),
        ...(has.person && {
          acknowledgement: { at: number(5), by: text(22), note: text(23) },
          closedBy: text(24),
          mergedInto: text(25),
          notes: [{ at: number(5), by: text(26), note: text(27) }],
        }),
      }),
      id: text(21),
      change,
      at: number(5),
      ...(has.person && { reason: text(27) }),
    };
  });

const expectLine = (): never => {
  throw new Error('the update of the tests has a line');
};
