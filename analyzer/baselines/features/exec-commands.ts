import type { Observation } from '../../../shared/observation.ts';
import { type Feature, type Item, usualStratum } from '../feature.ts';
import { commandPieces, generaliseCommand } from '../fold-arguments.ts';
import { type Piece, textOfPieces } from '../fold-shape.ts';
import { escapeLiteral, generalise } from '../generalise.ts';
import { judgeNovelty } from '../novelty.ts';

/** Which commands people and programs run in the containers of a workload by exec, and as whom. Health checks are not among them. */
export const execCommands: Feature = {
  name: 'exec-commands',
  rule: {
    id: 'a6f4c7ae-5a0b-4d0c-9a55-3f2f0c8f1e04',
    title: 'Command run by exec for the first time',
    catalogue: ['EXE-04'],
    severity: 'low',
    techniques: ['T1609'],
    tactics: ['execution'],
    tier: 'engine',
    kinds: ['exec'],
  },
  learns: (observation) => execItem(observation) ?? [],
  judges: (item, known) =>
    judgeNovelty(item, known, `${item.text} was run by exec in ${known.workload.name}, where it never was before`),
  digests: (count) => `${count} ${count === 1 ? 'command' : 'commands'} run by exec for the first time`,
};

function execItem({ kind, event, exec }: Observation): readonly [Item] | undefined {
  if (kind !== 'exec' || event.action !== 'exec_start' || exec === undefined || exec.is_healthcheck) return undefined;
  const template = exec.args.length > 0 ? generaliseCommand(exec.args) : [generalise(exec.command)];
  // Of another privilege is another command.
  const user = exec.user ?? '';
  const who = [...(user === '' ? [] : [escapeLiteral(user)]), ...(exec.privileged ? ['privileged'] : [])].join(', ');
  const pieces: readonly Piece[] = [
    { text: JSON.stringify([user, exec.privileged]), hidden: true },
    ...(exec.args.length > 0 ? commandPieces(template) : [{ text: template.join(' ') }]),
    { text: who === '' ? '' : ` (as ${who})` },
  ];
  return [
    {
      key: JSON.stringify([exec.privileged ? { user, privileged: true } : user, ...template]),
      text: textOfPieces(pieces),
      example: exec.command,
      pieces,
      stratum: exec.privileged ? 'privileged' : usualStratum,
      fields: { 'exec.command': exec.command, 'exec.user': exec.user },
    },
  ];
}
