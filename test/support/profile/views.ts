import fc from 'fast-check';
import type { Phase } from '../../../shared/baseline-state.ts';
import type { BaselineView, ItemView } from '../../../shared/baseline-view.ts';
import type { Views } from '../../../shared/profile/profile.ts';

const signs = ['"', '\\', '#', ':', '-', ' ', '🐳', '&', '*', '!', '{', '}', '[', ']', '%', '|'];
const controls = ['\n', '\r', '\t', '\0', '\u{1b}', '\u0085', '\u00a0', '\u2028', '\u202e'];
const oddities = ['\ud800', '\udc00', '\ufeff', '\uffff', '\u{e0041}'];

/** What an attacker may call things: any UTF-16 at all, and what YAML is made of. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(...signs, ...controls, ...oddities),
    maxLength: 40,
  }),
  fc.constantFrom(
    'sh\nmode: enforce',
    '"\n# ',
    '...',
    '---',
    'null',
    '1e3',
    '~',
    'key: {',
    "'",
    '\\u0022',
    '__proto__',
  ),
);
const time = fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.double(), fc.constant(Number.POSITIVE_INFINITY));
const phases: fc.Arbitrary<readonly Phase[]> = fc.constantFrom([], ['startup'], ['steady'], ['startup', 'steady']);

const item: fc.Arbitrary<ItemView> = fc
  .record({
    key: fc.stringMatching(/^[0-9a-f]{8,64}$/),
    text: hostileText,
    as: fc.constantFrom('learned', 'held', 'novel'),
    phases,
    known: phases,
    count: fc.nat(),
    first: time,
    last: time,
    example: fc.option(hostileText, { nil: undefined }),
    approved: fc.option(fc.record({ by: hostileText, at: time, reason: hostileText }), { nil: undefined }),
  })
  .map(({ approved, example, ...rest }) => ({
    ...rest,
    ...(approved && { approved }),
    ...(example !== undefined && { example, members: example.length }),
  }));

const phase = (name: Phase) =>
  fc.record({
    phase: fc.constant(name),
    state: fc.constantFrom('unseen', 'learning', 'steady'),
    since: time,
    sightings: fc.nat(),
    newProbability: fc.constant(1),
    missing: fc.constant([]),
  });

const id = fc.oneof(
  hostileText.filter((text) => text !== ''),
  fc.stringMatching(/^[0-9a-f]{32}$/),
);
const ref = fc.record({ id, name: hostileText });

/** Baselines of one workload whose every text and number is somebody else's choice. */
export const hostileViews: fc.Arbitrary<Views> = fc
  .record({
    host: ref,
    workload: ref,
    features: fc.uniqueArray(
      fc.record({
        feature: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
        state: fc.constantFrom('learning', 'partial', 'steady', 'too-large'),
        mode: fc.constantFrom('learn', 'enforce'),
        phases: fc.record({ startup: phase('startup'), steady: phase('steady') }),
        seen: time,
        items: fc.uniqueArray(item, { maxLength: 8, selector: ({ key }) => key }),
      }),
      { minLength: 1, maxLength: 4, selector: ({ feature }) => feature },
    ),
  })
  .map(({ host, workload, features }) => {
    const [first, ...rest] = features.map(
      (feature): BaselineView => ({ host, workload, versions: [], missing: [], ...feature }),
    );
    if (first === undefined) throw new Error('there is always one');
    return [first, ...rest];
  });
