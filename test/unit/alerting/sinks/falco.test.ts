import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import type { Sink } from '../../../../alerting/sinks/sink.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';
import { type Falcosidekick, startFalcosidekick } from '../../../support/falcosidekick.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { update } from '../updates.ts';

/** The sink that docs/siem/falco.md configures, with another address. */
function sinkOf(url: string, timeoutMs = 5_000): Sink {
  const [, page = ''] = /^```yaml\n(sinks:\n[\s\S]*?)^```$/m.exec(readFileSync('docs/siem/falco.md', 'utf8')) ?? [];
  const { falcosidekick } = configSchema.parse(yamlSource(page, 'falco.md').values).sinks;
  if (falcosidekick?.type !== 'webhook') throw new Error('docs/siem/falco.md configures a webhook named falcosidekick');
  return createSink('falcosidekick', { ...falcosidekick, url, timeoutMs }, { clock: Date.now, version: '1.2.3' });
}

describe('the webhook sink to falcosidekick', () => {
  describeSinkCompliance(async () => {
    const sidekick = await startFalcosidekick();
    return {
      sink: sinkOf(sidekick.url),
      received: async () => sidekick.payloads.map(({ output_fields }) => String(output_fields['moorwatch.update'])),
      goAway: sidekick.goAway,
      comeBack: sidekick.comeBack,
      refuse: async () => {
        sidekick.answers = { status: 400 };
      },
      hang: async () => {
        sidekick.answers = { status: 200, afterMs: 10_000 };
      },
      secrets: [],
      close: sidekick.goAway,
    };
  });

  let sidekick: Falcosidekick;
  beforeEach(async () => {
    sidekick = await startFalcosidekick();
  });
  afterEach(() => sidekick.goAway());

  it('has every change taken', async () => {
    const sink = sinkOf(sidekick.url);
    for (const change of ['opened', 'grown', 'acknowledged', 'reopened', 'merged', 'closed'] as const)
      expect(await sink.send(update(1, {}, change), new AbortController().signal)).toEqual({ kind: 'delivered' });
    expect(sidekick.payloads.map(({ output }) => output)).toEqual([
      'c1: something: something',
      'c1: something: something',
      'acknowledged: c1: something: something',
      'reopened: c1: something: something',
      'merged: c1: something: something',
      'closed: c1: something: something',
    ]);
    await sink.close?.();
  });

  it('is refused what is no alert, so a sink without the format shows in the rejected', async () => {
    const config = { type: 'webhook', url: sidekick.url, timeoutMs: 5_000 } as const;
    const { sinks } = configSchema.parse({ sinks: { plain: config } });
    const sink = sinks.plain && createSink('plain', sinks.plain, { clock: Date.now, version: '1' });
    const sent = await sink?.send(update(1), new AbortController().signal);
    expect(sent).toEqual({ kind: 'refused', reason: 'the receiver answered 400' });
    await sink?.close?.();
  });
});
