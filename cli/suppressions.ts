import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import { addSuppressionAdd } from './suppressions/add.ts';
import { addSuppressionEnd } from './suppressions/end.ts';
import { addSuppressionList } from './suppressions/list.ts';

/** `suppressions add | list | end`: findings that somebody knows of and does not want as incidents. */
export function addSuppressions(program: Command, contextOf: MakeContext): void {
  const suppressions = program
    .command('suppressions')
    .description('findings that open no incident: counted and shown all the same, until a date');
  addSuppressionAdd(suppressions, contextOf);
  addSuppressionList(suppressions, contextOf);
  addSuppressionEnd(suppressions, contextOf);
}
