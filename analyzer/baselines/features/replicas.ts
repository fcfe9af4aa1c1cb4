import { amountText } from '../../../shared/amount.ts';
import type { Feature, Item } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';
import type { Compared } from '../replicas/compare.ts';

/**
 * How the replicas of a workload compare with each other (analyzer/baselines/replicas/): what one alone does though its siblings do the same work.
 * While learning, what is unlike is learned like anything else: a leader among equals stays one.
 */
export const replicas: Feature = {
  name: 'replicas',
  rule: {
    id: '7b2c9e54-0d6f-4a83-9c1e-5f4d8a36b7e0',
    title: 'One replica unlike its siblings',
    catalogue: [],
    severity: 'low',
    techniques: [],
    tactics: [],
    tier: 'engine',
    kinds: ['resources', 'exec', 'connection', 'process'],
  },
  phases: 'one',
  compares: true,
  learns: (_observation, { compared = [] }) => compared.map(itemOf),
  judges: (item, known) =>
    // That they are alike is never news, not even where a baseline is enforced.
    item.key === alike.key
      ? undefined
      : judgeNovelty(item, known, `one replica of ${known.workload.name} is unlike its siblings: ${sentenceOf(item)}`),
  digests: (count) =>
    `replicas compared with each other, ${count} ${count === 1 ? 'outcome' : 'outcomes'} for the first time`,
};

const alike: Item = { key: JSON.stringify(['alike']), text: 'replicas that are alike', fields: {} };

function itemOf(one: Compared): Item {
  if (one.what === 'alike') return alike;
  if (one.what === 'item') {
    const { feature, key, text, siblings } = one;
    return {
      key: JSON.stringify(['item', feature, key]),
      text: `one replica alone: ${text} (${feature})`,
      fields: { 'replica.siblings': siblings, 'replica.feature': feature, 'replica.item': text },
    };
  }
  const { quantity, distance, minutes } = one;
  return {
    key: JSON.stringify(['level', quantity.name]),
    text: `one replica above its siblings in ${quantity.name}`,
    fields: {
      'replica.siblings': distance.others,
      'replica.quantity': quantity.name,
      'replica.value': amountText(distance.own, quantity.unit),
      'replica.usual': amountText(distance.usual, quantity.unit),
      'replica.z': Math.round(distance.z * 10) / 10,
      'replica.minutes': minutes,
    },
  };
}

function sentenceOf({ fields }: Item): string {
  const said = (name: string): string => textOf(fields[`replica.${name}`]);
  const others = `${said('siblings')} others`;
  if (fields['replica.feature'] !== undefined)
    return `${said('item')} (${said('feature')}), which none of the ${others} showed`;
  const own = `${said('quantity')} was ${said('value')} for ${said('minutes')} min`;
  return `${own}, while the median of the ${others} was ${said('usual')}`;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
