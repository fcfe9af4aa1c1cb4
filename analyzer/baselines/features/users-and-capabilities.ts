import type { ProcessFacts } from '../../../shared/observation.ts';
import { beyondDefault, capabilityItems } from '../capability-items.ts';
import { type Feature, type Item, usualStratum } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';

/** As which users the processes of a workload run, and which capabilities beyond the engine's defaults they have in effect. */
export const usersAndCapabilities: Feature = {
  name: 'users-and-capabilities',
  rule: {
    id: '0f5f3c1c-5a7b-4c0d-8a0e-2d1c9b7e6f42',
    title: 'User or capability never seen before',
    catalogue: ['ESC-39'],
    severity: 'low',
    techniques: ['T1068'],
    tactics: ['privilege-escalation'],
    tier: 'procfs',
    kinds: ['process'],
  },
  // What a container has it has from its start: a start is not another time for it.
  phases: 'one',
  learns: ({ kind, process }) => (kind === 'process' && process !== undefined ? items(process) : []),
  judges: (item, known) =>
    judgeNovelty(
      item,
      known,
      `${known.workload.name} ran a process ${item.text}, which none of its processes ever did before`,
    ),
  digests: (count) =>
    `${count} ${count === 1 ? 'user or capability' : 'users or capabilities'} seen for the first time`,
};

function items(process: ProcessFacts): readonly Item[] {
  const { user } = process;
  const fields = { 'process.executable': process.executable, 'process.user.id': user?.id };
  const ofUser = user?.id === undefined ? [] : [userItem({ id: user.id, name: user.name }, fields)];
  const ofRights = capabilityItems(beyondDefault(rightsOf(process))).map(({ id, shown, names }) => ({
    key: JSON.stringify(['capability', id]),
    text: `with ${shown}`,
    stratum: 'capabilities',
    fields: { ...fields, 'process.capabilities.effective': names },
  }));
  return [...ofUser, ...ofRights];
}

function userItem(
  { id, name }: { readonly id: number; readonly name: string | undefined },
  fields: Item['fields'],
): Item {
  const shown = name ?? (id === 0 ? 'root' : undefined);
  return {
    key: JSON.stringify(['user', id]),
    stratum: usualStratum,
    text: `as user ${id}${shown === undefined ? '' : ` (${shown})`}`,
    fields,
  };
}

/** In a user namespace that a process made for itself it has all of them, over nothing but what is in it. */
const rightsOf = ({ capabilities, ns_foreign }: ProcessFacts): readonly string[] =>
  ns_foreign?.includes('user') === true ? [] : (capabilities?.effective ?? []);
