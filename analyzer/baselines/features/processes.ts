import type { Observation, ProcessFacts } from '../../../shared/observation.ts';
import { beyondDefault } from '../capability-items.ts';
import { type Feature, type Item, usualStratum } from '../feature.ts';
import { type Piece, pathPieces, textOfPieces } from '../fold-shape.ts';
import { generaliseExecutable } from '../generalise.ts';
import { judgeNovelty } from '../novelty.ts';
import { programName } from '../programs.ts';

/**
 * Which programs run in the containers of a workload, started by what, and with how much privilege. An interpreter is known by the script that
 * it runs. What was started by exec of the engine itself is told by `exec-commands`, not here.
 */
export const processes: Feature = {
  name: 'processes',
  rule: {
    id: '5b0c8f0e-3f0a-4a52-9d2b-7c1b6a0f5d31',
    title: 'Program never seen before',
    catalogue: ['EXE-04'],
    severity: 'low',
    techniques: ['T1059'],
    tactics: ['execution'],
    tier: 'procfs',
    kinds: ['process'],
  },
  learns: (observation) => processItem(observation) ?? [],
  brings: ({ stratum }) => stratum === usualStratum,
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} ran ${item.text}, which it never did before`),
  digests: (count) => `${count} ${count === 1 ? 'program' : 'programs'} run for the first time`,
};

function processItem({ kind, event, process }: Observation): readonly [Item] | undefined {
  // What only changed (its files, its rights) was learned when it began.
  if (kind !== 'process' || process === undefined || event.action === 'change') return undefined;
  const program = programName(process.executable);
  if (program === undefined || isExecItself(event.action, process)) return undefined;
  const script = process.script === undefined ? undefined : generaliseExecutable(process.script.path);
  const parent = parentOf(process);
  const privilege = privilegeOf(process);
  const raw = process.script?.path ?? [process.executable].flat()[0];
  const isGeneralised = raw !== undefined && raw !== script && raw !== program;
  // Where a program or script lies may vary below the top of its path; what it is, its privilege and what started it do not.
  const where = script === undefined ? [] : [...pathPieces(script, { program: true }), { text: ' by ' }];
  const pieces: readonly Piece[] = [
    ...where,
    ...(script === undefined ? pathPieces(program, { program: true }) : [{ text: program }]),
    { text: ` (${privilege}), started by ` },
    { text: parent },
  ];
  return [
    {
      key: JSON.stringify([privilege, program, script ?? '', parent]),
      text: textOfPieces(pieces),
      ...(isGeneralised ? { example: raw } : {}),
      pieces,
      stratum: isPrivileged(process.capabilities?.effective) ? 'added capabilities' : usualStratum,
      fields: {
        'process.executable': process.executable,
        'process.command_line': process.command_line,
        'process.script.path': process.script?.path,
        'process.parent.executable': process.parent?.executable,
        'process.user.id': process.user?.id,
      },
    },
  ];
}

/** Its command is the exec's own. One that became another program since is not. */
const isExecItself = (action: string, { origin, ancestors }: ProcessFacts): boolean =>
  action !== 'exec' && origin === 'exec' && (ancestors ?? []).length === 0;

/** What starts a container's own process, or an exec's, is the runtime, wherever this host has it. */
function parentOf({ origin, ancestors, parent }: ProcessFacts): string {
  const isFromRuntime = origin === 'init' || (origin === 'exec' && (ancestors ?? []).length === 0);
  return isFromRuntime ? 'the runtime' : (programName(parent?.executable) ?? 'an unknown program');
}

/** It has what no engine gives by itself. */
const isPrivileged = (effective: readonly string[] | undefined): boolean => beyondDefault(effective ?? []).length > 0;

/** Programs of different privilege are never one: by user and by how far the effective capabilities reach. */
function privilegeOf({ user, capabilities }: ProcessFacts): string {
  const who = user?.id === undefined ? 'unknown user' : user.id === 0 ? 'root' : 'not root';
  const effective = capabilities?.effective;
  if (effective === undefined) return `${who}, unknown capabilities`;
  if (isPrivileged(effective)) return `${who}, added capabilities`;
  return effective.length > 0 ? `${who}, usual capabilities` : `${who}, no capabilities`;
}
