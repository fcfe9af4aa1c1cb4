import { settingsOf } from '../configuration-items.ts';
import type { Feature } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';

/**
 * With which settings the containers of a workload are made and changed, one by one, so that what is new is said in words. What is dangerous
 * whatever a workload had before is for the rules; a newer version of the image is no drift.
 */
export const configuration: Feature = {
  name: 'configuration',
  rule: {
    id: '2d94a7f6-1e83-4c5a-b0d7-6f3e8c0a9b15',
    title: 'Setting that no container of the workload had before',
    catalogue: ['API-09'],
    severity: 'low',
    techniques: ['T1610'],
    tactics: ['execution'],
    tier: 'engine',
    kinds: ['container_configuration'],
  },
  phases: 'one',
  learns: (observation) =>
    observation.kind !== 'container_configuration'
      ? []
      : settingsOf(observation).map((setting) => ({
          key: setting,
          text: setting,
          fields: {
            setting,
            'container.config_hash': observation.container?.config_hash,
            'event.action': observation.event.action,
          },
        })),
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} was given ${item.text}, which none of its containers had before`),
  digests: (count) => `${count} ${count === 1 ? 'setting' : 'settings'} seen for the first time`,
};
