import type { Feature, Item } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';
import { egressItem } from './egress-destinations.ts';

/**
 * Which destinations outside this host a workload meets at regular intervals (analyzer/baselines/rhythm/): a poll, a feed, or a beacon. What is regular is
 * learned like anything else, so that a client that asks ten places every five minutes is normal, and an eleventh one is as unusual as such are in it.
 */
export const rhythms: Feature = {
  name: 'rhythms',
  rule: {
    id: 'd1f0c3a7-52c8-4f0b-9a3e-6b7d20c94e15',
    title: 'Destination met at regular intervals, which never was before',
    catalogue: ['NET-14'],
    severity: 'low',
    techniques: ['T1071'],
    tactics: ['command-and-control'],
    tier: 'procfs',
    kinds: ['connection'],
    misses: 'connections that live shorter than a sweep, and intervals of which some are missed',
  },
  phases: 'one',
  learns(observation, surroundings) {
    const { contacts } = surroundings;
    if (contacts === undefined) return [];
    if (!contacts.isRegular) return [byThemselves];
    const item = surroundings.destination ?? egressItem(observation, surroundings);
    if (item === undefined) return [];
    const fields = { ...item.fields, 'rhythm.contacts': contacts.count, 'rhythm.every_s': Math.round(contacts.everyS) };
    const regular = ({ key, text, formerly }: Item): Item => ({
      key: JSON.stringify(['regular', key]),
      text: `${text} at regular intervals`,
      fields,
      ...(formerly === undefined ? {} : { formerly: regular(formerly) }),
    });
    return [regular(item)];
  },
  judges: (item, known) =>
    // That contacts have no rhythm is never news, not even where a baseline is enforced.
    item.key === byThemselves.key
      ? undefined
      : judgeNovelty(
          item,
          known,
          `${known.workload.name} connected to ${item.text}${intervalText(item)}, which it never did before`,
        ),
  digests: (count) =>
    `rhythms of connections looked at, ${count} ${count === 1 ? 'outcome' : 'outcomes'} for the first time`,
};

const byThemselves: Item = {
  key: JSON.stringify(['irregular']),
  text: 'destinations met at no regular intervals',
  fields: {},
};

function intervalText({ fields }: Item): string {
  const { 'rhythm.every_s': every, 'rhythm.contacts': contacts } = fields;
  if (typeof every !== 'number' || typeof contacts !== 'number') return '';
  const interval = every < 100 ? `${every} s` : `${(every / 60).toFixed(1)} min`;
  return ` (${contacts} times, every ${interval})`;
}
