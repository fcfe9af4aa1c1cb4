import type { Observation } from '../../../shared/observation.ts';
import type { Feature, Item } from '../feature.ts';
import { generalise } from '../generalise.ts';
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
  const template = (exec.args.length > 0 ? exec.args : [exec.command]).map((argument) => generalise(argument));
  const user = exec.user ?? '';
  return [
    {
      key: JSON.stringify([user, ...template]),
      text: user === '' ? template.join(' ') : `${template.join(' ')} (as ${user})`,
      fields: { 'exec.command': exec.command, 'exec.user': exec.user },
    },
  ];
}
