import { join } from 'node:path';
import { clip } from '../../../shared/clip.ts';
import type { ParentFacts, ProcessFacts } from '../../../shared/facts/process.ts';
import type { Redactor } from '../../../shared/redact.ts';
import type { Patient } from '../../procfs/patient.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { readBounded } from '../../procfs/read-bounded.ts';
import { parseStat } from '../../procfs/stat.ts';
import { parseZeroSeparated } from '../../procfs/zero-separated.ts';
import type { Known } from './memory.ts';
import { type Family, familyOf, type Kinship } from './origin.ts';
import type { ContainerView } from './view.ts';

export interface Relations {
  readonly procfs: string;
  readonly patient: Patient;
  readonly redactor: Redactor;
  readonly view: ContainerView;
  readonly known: ReadonlyMap<number, Known>;
  readonly members: ReadonlySet<number>;
  isExec(pid: number): boolean;
}

const mostOfCommandLine = 512;

/** How a process came in, who its parent is, and what its ancestors run. */
export async function relationsOf(
  { pid, parent }: { readonly pid: number; readonly parent: number },
  relations: Relations,
): Promise<Pick<ProcessFacts, 'origin' | 'parent' | 'ancestors'>> {
  const kin = kinship(relations);
  const family = familyOf({ pid, parent }, { view: relations.view, kin });
  const { origin } = family;
  return {
    ...(origin === undefined ? {} : { origin }),
    ...(parent > 0 ? { parent: await parentFacts(parent, { ...relations, origin }) } : {}),
    ancestors: family.ancestors.flatMap((ancestor) => kin.executableOf(ancestor) ?? []),
  };
}

function kinship({ procfs, known, members, isExec }: Relations): Kinship {
  return {
    isExec,
    isInContainer: (pid) => members.has(pid),
    parentOf: (pid) => parseStat(readKernelFile(join(procfs, String(pid), 'stat')) ?? '')?.parent,
    executableOf: (pid) => fileOf(known.get(pid)) ?? linkOf(join(procfs, String(pid), 'exe')),
    originOf: (pid) => known.get(pid)?.origin,
  };
}

const fileOf = (known: Known | undefined): string | undefined =>
  typeof known?.executable === 'object' ? known.executable[0] : known?.executable;

async function parentFacts(
  pid: number,
  { procfs, patient, redactor, known, origin }: Relations & { readonly origin: Family['origin'] },
): Promise<ParentFacts> {
  const parent = known.get(pid);
  if (parent !== undefined) {
    const { executable, commandLine } = parent;
    return {
      pid,
      ...(executable === undefined ? {} : { executable }),
      ...(commandLine === undefined ? {} : { command_line: commandLine }),
    };
  }
  const executable = linkOf(join(procfs, String(pid), 'exe'));
  // A shim says nothing by its arguments; whoever entered from the host may.
  const line = origin === 'entered' ? await commandLineOf(pid, { procfs, patient, redactor }) : undefined;
  return {
    pid,
    ...(executable === undefined ? {} : { executable }),
    ...(line === undefined ? {} : { command_line: line }),
  };
}

async function commandLineOf(
  pid: number,
  { procfs, patient, redactor }: Pick<Relations, 'procfs' | 'patient' | 'redactor'>,
): Promise<string | undefined> {
  const bytes = await patient('host', () => readBounded(join(procfs, String(pid), 'cmdline'), mostOfCommandLine));
  return bytes === undefined ? undefined : redactor.args(parseZeroSeparated(bytes, mostOfCommandLine).items).join(' ');
}

/** What its children are told of a process. */
export const beginningOf = (line: string | undefined): string | undefined =>
  line === undefined ? undefined : clip(line, mostOfCommandLine);
