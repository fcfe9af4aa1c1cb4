import type { Token } from './pattern.ts';

/**
 * What a rule asks of an event, as plain data: a tree of tests under and, or, not. It is JSON (it is cached, hashed and explained), has no
 * closures, and says nothing about how it is evaluated. Two-valued: a test of what is not there is false, unless it asks for just that.
 */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  /** Any value of the field satisfies the test. */
  | { readonly kind: 'field'; readonly field: string; readonly test: ValueTest }
  /** Any value anywhere in the event, keys aside, matches the pattern. */
  | { readonly kind: 'keyword'; readonly test: PatternTest }
  /** The field is there, also as null or as an empty list. */
  | { readonly kind: 'exists'; readonly field: string }
  /** The field is absent, or one of its values is null. */
  | { readonly kind: 'null'; readonly field: string }
  /** A value of the field equals, begins with, ends with or contains a value of the other field, as text. */
  | {
      readonly kind: 'fieldref';
      readonly field: string;
      readonly other: string;
      readonly place?: 'contains' | 'startswith' | 'endswith';
      readonly cased?: boolean;
    };

/** A parsed condition over search identifiers. */
export type Condition =
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] };

export type ValueTest = PatternTest | RegexTest | CidrTest | CompareTest | TimeTest;

/** The whole value, as text, against tokens (see pattern.ts). Case is folded unless `cased`. */
export interface PatternTest {
  readonly kind: 'pattern';
  readonly tokens: readonly Token[];
  readonly cased?: boolean;
}

/** Unanchored, case-sensitive unless flag i; linear time. `source` is raw text without Sigma escapes. */
export interface RegexTest {
  readonly kind: 'regex';
  readonly source: string;
  /** Of `i`, `m`, `s`, in that order. */
  readonly flags: string;
}

export interface CidrTest {
  readonly kind: 'cidr';
  /** Network address and prefix length, `10.0.0.0/8`. */
  readonly network: string;
}

export type Comparison = 'gt' | 'gte' | 'lt' | 'lte';

/** Numbers, and texts that are numbers. */
export interface CompareTest {
  readonly kind: 'compare';
  readonly op: Comparison;
  readonly number: number;
  /** Digits of a whole number beyond 2^53, to which `number` is only near. */
  readonly whole?: string;
}

export const timeParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type TimePart = (typeof timeParts)[number];

/** A part of the date that a value is (RFC 3339 text as written, without conversion of its zone; epoch numbers in UTC). */
export interface TimeTest {
  readonly kind: 'time';
  readonly part: TimePart;
  readonly op: Comparison | 'eq';
  readonly number: number;
}

/** Every field that an expression reads, in order of appearance. Keywords read none in particular. */
export function fieldsRead(expression: Expression): readonly string[] {
  const found = new Set<string>();
  const visit = (one: Expression): void => {
    switch (one.kind) {
      case 'and':
      case 'or':
        for (const part of one.of) visit(part);
        return;
      case 'not':
        visit(one.of);
        return;
      case 'keyword':
        return;
      case 'fieldref':
        found.add(one.field);
        found.add(one.other);
        return;
      default:
        found.add(one.field);
    }
  };
  visit(expression);
  return [...found];
}
