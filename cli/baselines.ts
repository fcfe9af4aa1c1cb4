import type { Command } from 'commander';
import { addApprove, addForget } from './baselines/approve.ts';
import { addDecisions } from './baselines/decisions.ts';
import { addDiff } from './baselines/diff.ts';
import { addEdit } from './baselines/edit.ts';
import { addExport } from './baselines/export.ts';
import { addHarden } from './baselines/harden.ts';
import { addImport } from './baselines/import.ts';
import { addMode, addReset } from './baselines/learning.ts';
import { addBaselinesList } from './baselines/list.ts';
import { addProfileSchema } from './baselines/schema.ts';
import { addBaselinesShow } from './baselines/show.ts';
import { addWhy } from './baselines/why.ts';
import type { MakeContext } from './context.ts';

/** `baselines list | show | why | approve | forget | reset | mode | decisions | export | diff | import | edit | schema | harden`: what was learned, and what people decided about it. */
export function addBaselines(program: Command, contextOf: MakeContext): void {
  const baselines = program
    .command('baselines')
    .description('what was learned of the workloads, and of each host (@host), and deciding about it');
  addBaselinesList(baselines, contextOf);
  addBaselinesShow(baselines, contextOf);
  addWhy(baselines, contextOf);
  addApprove(baselines, contextOf);
  addForget(baselines, contextOf);
  addReset(baselines, contextOf);
  addMode(baselines, contextOf);
  addDecisions(baselines, contextOf);
  addExport(baselines, contextOf);
  addDiff(baselines, contextOf);
  addImport(baselines, contextOf);
  addEdit(baselines, contextOf);
  addProfileSchema(baselines, contextOf);
  addHarden(baselines, contextOf);
}
