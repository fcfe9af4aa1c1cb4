import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkCorrelations, type Referable } from '../../../../../analyzer/sigma/correlation/link.ts';
import { correlation } from './correlations.ts';

const rule = (id: string, more: Partial<Referable> = {}): Referable => ({
  id,
  file: 'rules/base.yml',
  origin: 'rules',
  hash: '',
  ...more,
});
const base = [rule('id-a', { name: 'a' }), rule('id-b', { name: 'b' })];
const messages = (linked: ReturnType<typeof linkCorrelations>) => linked.problems.map(({ message }) => message);
const order = (linked: ReturnType<typeof linkCorrelations>) => linked.correlations.map(({ correlation: { id } }) => id);

describe('references', () => {
  it('are ids or names, of rules and of correlations', () => {
    const outer = correlation({ rules: ['inner', 'id-b'] }, { id: 'outer' });
    const inner = correlation({ rules: ['a'] }, { id: 'id-inner', name: 'inner' });
    const linked = linkCorrelations([outer, inner], base);
    expect(linked.problems).toEqual([]);
    expect(linked.correlations.map((one) => [one.correlation.id, one.rules])).toEqual([
      ['id-inner', ['id-a']],
      ['outer', ['id-inner', 'id-b']],
    ]);
  });

  it('to nothing are refused with the nearest spelling and the place of the correlation', () => {
    const linked = linkCorrelations([correlation({ rules: ['id_a', 'zzzzzz'] }, { line: 7 })], base);
    expect(linked.correlations).toEqual([]);
    expect(linked.problems).toEqual([
      {
        severity: 'error',
        file: 'rules/seq.yml',
        line: 7,
        column: 1,
        message: 'rules: there is no rule id_a; did you mean id-a?',
      },
      { severity: 'error', file: 'rules/seq.yml', line: 7, column: 1, message: 'rules: there is no rule zzzzzz' },
    ]);
  });

  it('by a name that several have are refused', () => {
    const rules = [rule('x', { name: 'a' }), rule('y', { name: 'a', file: 'rules/other.yml' })];
    expect(messages(linkCorrelations([correlation({ rules: ['a'] })], rules))).toEqual([
      'rules: a is the name of several rules: x (rules/base.yml), y (rules/other.yml); use an id',
    ]);
  });

  it('mean what is nearest: the file, the directory, anywhere', () => {
    const here = rule('here', { name: 'a', file: 'rules/seq.yml' });
    const beside = rule('beside', { name: 'a' });
    const far = rule('far', { name: 'a', file: 'other/base.yml', origin: 'other' });
    // Another directory gives itself the id by which it is called here.
    const thief = rule('a', { file: 'other/thief.yml', origin: 'other' });
    const found = (...rules: readonly Referable[]) =>
      linkCorrelations([correlation({ rules: ['a'] })], rules).correlations[0]?.rules;
    expect(found(far, thief, beside, here)).toEqual(['here']);
    expect(found(far, thief, beside)).toEqual(['beside']);
    expect(found(far)).toEqual(['far']);
    expect(found(far, thief)).toEqual(['a']);
  });

  it('to one rule by id and by name are refused', () => {
    expect(messages(linkCorrelations([correlation({ rules: ['a', 'id-a'] })], base))).toEqual([
      'rules: id-a is named twice, by its id and by its name',
    ]);
  });

  it('in a circle are refused, and what leads into it', () => {
    const all = [
      correlation({ rules: ['two'] }, { id: 'one' }),
      correlation({ rules: ['a', 'three'] }, { id: 'two' }),
      correlation({ rules: ['two'] }, { id: 'three' }),
      correlation({ rules: ['itself'] }, { id: 'itself' }),
      correlation({ rules: ['a'] }, { id: 'fine' }),
    ];
    const linked = linkCorrelations(all, base);
    expect(order(linked)).toEqual(['fine']);
    expect(messages(linked)).toEqual([
      'rules: two → three → two is a circle',
      'rules: three was refused itself (rules/seq.yml:1)',
      'rules: two was refused itself (rules/seq.yml:1)',
      'rules: itself → itself is a circle',
    ]);
    expect([...linked.silent]).toEqual(['id-a']);
  });

  it('always give inner before outer, whatever the order of the files', () => {
    const links = fc.array(fc.array(fc.nat(8), { maxLength: 3 }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(links, (refers) => {
        const all = refers.map((targets, index) => {
          const rules = [...new Set(targets.map((target) => `c${target % refers.length}`))];
          return correlation({ rules: rules.length > 0 ? rules : ['a'] }, { id: `c${index}` });
        });
        const linked = linkCorrelations(all, base);
        const ids = order(linked);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { correlation: one, rules } of linked.correlations)
          for (const id of rules) if (id !== 'id-a') expect(ids.indexOf(id)).toBeLessThan(ids.indexOf(one.id));
        // Each is either run or refused with a reason.
        const refusedOrRun = all.length - ids.length;
        expect(linked.problems.filter(({ severity }) => severity === 'error').length >= refusedOrRun).toBe(true);
      }),
    );
  });
});

describe('aliases', () => {
  it('are known by the id of their rule', () => {
    const one = correlation({ rules: ['a', 'id-b'], groupBy: ['ip'], aliases: { ip: { a: 'src', b: 'dst' } } });
    const [linked] = linkCorrelations([one], base).correlations;
    expect([...(linked?.fields ?? [])].map(([id, names]) => [id, [...names]])).toEqual([
      ['id-a', [['ip', 'src']]],
      ['id-b', [['ip', 'dst']]],
    ]);
  });

  it('that name no correlated rule, or that nothing uses, are refused', () => {
    const wrong = correlation({
      rules: ['aaaa', 'b'],
      groupBy: ['ip'],
      aliases: { ip: { aaab: 'src', b: 'dst' }, ipp: { b: 'x' } },
    });
    expect(messages(linkCorrelations([wrong], [rule('aaaa'), rule('b')]))).toEqual([
      'aliases: aaab is none of the rules; did you mean aaaa?',
      'aliases: neither group-by nor condition uses ipp; did you mean ip?',
    ]);
  });
});

describe('silence', () => {
  it('falls on what a correlation refers to without generate', () => {
    const quiet = correlation({ rules: ['a'] }, { id: 'quiet' });
    const loud = correlation({ rules: ['a', 'b'], generate: true }, { id: 'loud' });
    expect([...linkCorrelations([loud], base).silent]).toEqual([]);
    // One of them is enough.
    expect([...linkCorrelations([quiet, loud], base).silent]).toEqual(['id-a']);
    expect([...linkCorrelations([quiet, correlation({ rules: ['quiet'] })], base).silent]).toEqual(['id-a', 'quiet']);
  });

  it('never falls on a rule of another directory', () => {
    const shipped = rule('id-s', { name: 's', file: 'pack/s.yml', origin: 'pack' });
    const linked = linkCorrelations([correlation({ rules: ['s', 'a'] }, { line: 3 })], [...base, shipped]);
    expect(linked.correlations).toHaveLength(1);
    expect([...linked.silent]).toEqual(['id-a']);
    expect(linked.problems).toEqual([
      {
        severity: 'warning',
        file: 'rules/seq.yml',
        line: 3,
        column: 1,
        message: 's (pack/s.yml) lies in another directory and is told all the same; say generate: true',
      },
    ]);
  });

  it('counts files that were asked for one by one as their directory', () => {
    const one = rule('x', { file: 'rules/x.yml', origin: 'rules/x.yml' });
    const there = rule('y', { file: 'other/y.yml', origin: 'other/y.yml' });
    const seq = correlation({ rules: ['x', 'y'] }, { origin: 'rules/seq.yml' });
    expect([...linkCorrelations([seq], [one, there]).silent]).toEqual(['x']);
  });

  it('is not the work of a correlation that was refused', () => {
    expect([...linkCorrelations([correlation({ rules: ['a', 'nothing'] })], base).silent]).toEqual([]);
  });
});

describe('the hash of a correlation', () => {
  const hashOf = (rules: readonly Referable[], info = {}) =>
    linkCorrelations(
      [
        correlation({ rules: ['inner', 'b'] }, { id: 'outer', ...info }),
        correlation({ rules: ['a'] }, { id: 'inner' }),
      ],
      rules,
    ).correlations.find(({ correlation: { id } }) => id === 'outer')?.hash;
  const [a, b] = [rule('a', { hash: '1' }), rule('b', { hash: '1' })];

  it('is the same for the same', () => {
    expect(hashOf([a, b])).toBe(hashOf([b, a]));
  });

  it.each([
    ['what it says', [a, b], { hash: 'other' }],
    ['a rule that it hears of', [a, rule('b', { hash: '2' })], {}],
    ['a rule that an inner one hears of', [rule('a', { hash: '2' }), b], {}],
    ['which rule that is', [a, rule('c', { name: 'b', hash: '1' })], {}],
  ])('changes with %s', (_, rules, info) => {
    expect(hashOf(rules, info)).not.toBe(hashOf([a, b]));
  });
});
