import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../shared/errors.ts';
import { readProfile } from '../../../../shared/profile/read.ts';

const head = ['moorwatch-profile: 1', 'workload: {id: w, name: web}', 'host: {id: h, name: anchor}'];
const items = ['    items:', '      - {text: sh, key: 0123456789abcdef, phases: [steady]}'];
const features = ['features:', '  exec-commands:', ...items];

const read = (...lines: readonly string[]) => readProfile(lines.join('\n'), 'p.yml');

/** The lines of the complaint. */
function complaint(...lines: readonly string[]): readonly string[] {
  try {
    read(...lines);
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n  ').slice(1);
    throw error;
  }
  return [];
}

describe('a profile that a person wrote', () => {
  it('may have its items in any order; what is normal later is normal right after a start too', () => {
    const more = '      - {text: ls, key: fedcba9876543210, phases: [startup, startup]}';
    expect(
      read(...head, 'mode: enforce', ...features, more, '  egress-destinations: {mode: learn, items: []}'),
    ).toEqual({
      workload: { id: 'w', name: 'web' },
      host: { id: 'h', name: 'anchor' },
      features: [
        { name: 'egress-destinations', mode: 'learn', items: [] },
        {
          name: 'exec-commands',
          mode: 'enforce',
          items: [
            { text: 'ls', key: 'fedcba9876543210', phases: ['startup'] },
            { text: 'sh', key: '0123456789abcdef', phases: ['startup', 'steady'] },
          ],
        },
      ],
    });
  });

  it('is refused with the place of each mistake, and what was meant', () => {
    expect(complaint(...head, 'moed: learn', ...features)).toEqual([
      'p.yml:1:1: mode: must be one of learn, enforce',
      'p.yml:4:1: moed: unknown key; did you mean "mode"?',
    ]);
    expect(complaint(...head, 'mode: warn', ...features)).toEqual(['p.yml:4:1: mode: must be one of learn, enforce']);
    expect(
      complaint(
        ...head,
        'mode: learn',
        ...features,
        '      - {text: ls, kye: fedcba9876543210, phases: [steady]}',
        '      - {text: ps, key: XYZ, phases: [later]}',
        '      - {text: id, key: fedcba9876543210, phases: []}',
      ),
    ).toEqual([
      expect.stringContaining(
        'features.exec-commands.items.1.key: missing, and it cannot be told from the text',
      ) as string,
      'p.yml:9:20: features.exec-commands.items.1.kye: unknown key; did you mean "key"?',
      expect.stringMatching(/^p\.yml:10:\d+: features\.exec-commands\.items\.2\.key: /) as string,
      expect.stringMatching(
        /^p\.yml:10:\d+: features\.exec-commands\.items\.2\.phases\.0: must be one of startup, steady/,
      ) as string,
      expect.stringMatching(
        /^p\.yml:11:\d+: features\.exec-commands\.items\.3\.phases: must have at least 1 entries/,
      ) as string,
    ]);
  });

  it('has each key once', () => {
    expect(complaint(...head, 'mode: learn', ...features, items[1] ?? '')).toEqual([
      'p.yml:9:20: features.exec-commands.items.1.key: is that of the item 0 too',
    ]);
  });

  it('is of a version that is known', () => {
    expect(complaint('moorwatch-profile: 2', 'anything: else')).toEqual([
      'p.yml:1:1: moorwatch-profile: profiles of this version are not known here; this Moorwatch reads version 1',
    ]);
    expect(complaint('sinks: {}')).toEqual([expect.stringContaining('this is no profile') as string]);
    expect(complaint('')).toEqual([expect.stringContaining('this is no profile') as string]);
    expect(complaint('- a')).toEqual([expect.stringContaining('p.yml:1:1') as string]);
    expect(complaint('a: [')).toEqual([expect.stringContaining('p.yml:1:') as string]);
  });

  it.each([
    ['features: {__proto__: {items: []}}', 12],
    ['features: {a: {__proto__: {mode: enforce}, items: []}}', 16],
    ['workload: {__proto__: {id: w, name: web}}', 12],
    ['__proto__: {features: {}}', 1],
  ])('loses nothing in what every object has: %s', (line, column) => {
    expect(complaint('moorwatch-profile: 1', line)).toEqual([`p.yml:2:${column}: __proto__ cannot be a key`]);
  });

  it('may call a feature as a function of every object is called: whether there is one is asked later', () => {
    const profile = read(...head, 'mode: learn', 'features: {constructor: {items: []}}');
    expect(profile.features).toEqual([{ name: 'constructor', mode: 'learn', items: [] }]);
    expect(complaint(...head, 'mode: learn', 'constructor: 1', ...features)).toEqual([
      expect.stringMatching(/^p\.yml:5:1: constructor: unknown key/) as string,
    ]);
  });

  it.each([
    ['features:', '5:1: features: must be a section with settings of its own, not nothing'],
    ['features: {a: }', '5:12: features.a: must be a section with settings of its own, not nothing'],
    ['features: !!set {a, b}', '5:11: Unresolved tag: tag:yaml.org,2002:set'],
    ['features: {? [a] : {items: []}}', '5:14: a key must be a text of its own'],
    ['features: {1: {items: []}, "1": {items: []}}', '5:28: Map keys must be unique'],
    ['features: {a: &x {items: []}, b: *x}', '5:34: there may be no aliases here'],
  ])('says where something would get lost: %s', (line, complained) => {
    expect(complaint(...head, 'mode: learn', line)).toEqual([`p.yml:${complained}`]);
  });

  it('with many mistakes is refused in some lines', () => {
    const wrong = Array.from({ length: 100 }, (_, n) => `      - {text: t, key: ${n}, phases: [steady]}`);
    const lines = complaint(...head, 'mode: learn', ...features, ...wrong);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('80 more');
  });
});
