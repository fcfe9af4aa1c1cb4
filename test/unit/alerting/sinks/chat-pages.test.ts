import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';
import { asPagerduty, pagerdutyEventIn, pagerdutyKey } from '../../../support/pagerduty.ts';
import { asSlack, slackPath, slackUpdateIn } from '../../../support/slack.ts';
import { startStubReceiver } from '../../../support/stub-receiver.ts';
import { update } from '../updates.ts';

/** What docs/siem says for services that are not to be had here is run as it stands there, but for where they and their secrets are. */
const directory = mkdtempSync(join(tmpdir(), 'moorwatch-pages-'));
afterAll(() => rmSync(directory, { recursive: true }));

const pages = {
  slack: {
    answer: asSlack,
    secret: (url: string) => `${url}${slackPath}`,
    placed: (block: string) => block,
    updateIn: slackUpdateIn,
  },
  pagerduty: {
    answer: asPagerduty,
    secret: () => pagerdutyKey,
    placed: (block: string, url: string) => block.replace(/# url: \S+.*/, `url: ${url}/v2/enqueue`),
    updateIn: (body: string) => String(pagerdutyEventIn(body).payload.custom_details.update),
  },
};

test.each(Object.entries(pages))('an update arrives with the configuration of docs/siem/%s.md', async (page, of) => {
  const stub = await startStubReceiver(of.answer);
  const secret = join(directory, page);
  writeFileSync(secret, `${of.secret(stub.url)}\n`);
  const [, block = ''] = /^```yaml\n(sinks:\n[\s\S]*?)^```$/m.exec(readFileSync(`docs/siem/${page}.md`, 'utf8')) ?? [];
  const placed = of.placed(block, stub.url).replace(/\/etc\/moorwatch\/\S+/, secret);
  const [[name, config] = []] = Object.entries(configSchema.parse(yamlSource(placed, page).values).sinks);
  if (name === undefined || config === undefined) throw new Error('the page has no sink');
  const sink = createSink(name, config, { clock: Date.now, version: '1' });
  const told = update(1);
  expect(await sink.send(told, new AbortController().signal)).toEqual({ kind: 'delivered' });
  expect(stub.requests.map(({ body }) => of.updateIn(body))).toEqual([told.id]);
  await sink.close?.();
  await stub.goAway();
});
