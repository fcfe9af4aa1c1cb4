import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import type { Order } from '../../../../shared/decision.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { packagePath } from '../../../../shared/package-root.ts';
import { withUnseen } from '../../../../shared/profile/profile.ts';
import { readProfile } from '../../../../shared/profile/read.ts';
import { profileText } from '../../../../shared/profile/text.ts';
import { workloadOf } from '../../../../shared/workload.ts';
import { decided } from '../../../support/analyzer/decisions.ts';
import { egress, exec } from '../../../support/analyzer/observations.ts';
import { createPlay } from '../../../support/analyzer/play.ts';

const host = { id: '1f0c3a8e-5b7d-4c1e-9a55-0d8f4b6e2c71', name: 'anchor' };
const look = { repository: 'docker.io/library/shop', name: 'shop', claims: ['shop', 'web', '1'] } as const;
const start = { ...look, age: 2 };
const later = { ...look, age: 5_000 };
const hour = 3_600_000;
const from = Date.UTC(2026, 2, 1, 8);

/** As a collector tells it: on that host, of the workload that the container belongs to. */
function told(observation: Observation): Observation {
  const { container } = observation;
  return container === undefined ? observation : { ...observation, host, workload: workloadOf(host.id, container) };
}

/** The workload that docs/baselines.md shows. */
function exported(): string {
  const play = createPlay();
  const database = { ip: '203.0.113.7', domain: 'db.example.org', port: 5432 };
  for (let day = 0; day < 7; day += 1) {
    const at = from + day * 24 * hour;
    play.batch([egress('s1', at, database, start), egress('s1', at + hour, database, later)].map(told));
    play.batch([told(exec('s1', at + 2 * hour, ['backup', '--to', `/srv/2026-03-0${day + 1}`], later))]);
  }
  const payment = { ip: '203.0.113.80', domain: 'pay.example.org', port: 443 };
  play.batch([told(egress('s1', from + 170 * hour, { ip: '198.51.100.9', port: 8080 }, later))]);
  play.batch([told(egress('s1', from + 171 * hour, payment, later))]);
  const view = describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
  const key = view?.items.find(({ text }) => text.startsWith('pay.'))?.key ?? '';
  const order: Order = { type: 'approve', workload: view?.workload.id ?? '', feature: 'egress-destinations', key };
  play.batch([decided(order, from + 172 * hour, { host, reason: 'the new checkout' })]);
  const [first, ...rest] = describeBaselines(play.state);
  if (first === undefined) throw new Error('nothing is known');
  return profileText(withUnseen([first, ...rest], ['egress-destinations', 'listening-ports']));
}

it('the profile in docs/baselines.md is what is exported, and can be read', () => {
  const page = readFileSync(packagePath('docs/baselines.md'), 'utf8');
  const [, shown = ''] = /^```yaml\n(# What [\s\S]*?)^```$/m.exec(page) ?? [];
  expect(shown).toBe(exported());
  expect(readProfile(shown, 'shop.yml').features.map(({ name, items }) => [name, items.length])).toEqual([
    ['egress-destinations', 2],
    ['exec-commands', 1],
    ['listening-ports', 0],
    ['rhythms', 1],
  ]);
});
