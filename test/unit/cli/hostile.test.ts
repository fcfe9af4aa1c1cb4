import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { whyLines } from '../../../cli/baselines/why.ts';
import { withTimes } from '../../../cli/baselines/yaml.ts';
import { sightLines } from '../../../cli/coverage.ts';
import { evidenceLines } from '../../../cli/incidents/evidence-lines.ts';
import { evidencePage } from '../../../cli/incidents/page.ts';
import { renderUpdate } from '../../../cli/render.ts';
import { previewLines } from '../../../cli/suppressions/preview.ts';
import { feedToken } from '../../support/cli/feed-lab.ts';
import { runMoorwatch } from '../../support/cli/run.ts';
import { hostileText, hostileTexts, steering, texts, withTexts } from '../../support/hostile.ts';
import { hostileViews } from '../../support/profile/views.ts';
import { finding } from '../alerting/finding-records.ts';
import { hostileUpdate } from '../alerting/formats/hostile.ts';
import * as sample from './samples.ts';

const plain = picocolors.createColors(false);

/** Nothing steers, and there are as many lines as with names of no harm. */
function expectLines(lines: readonly string[], harmless: readonly string[]): void {
  for (const line of lines) expect(line).not.toMatch(steering);
  expect(lines).toHaveLength(harmless.length);
}
const none = (): string => 'x';

describe('whatever an attacker calls things, on a terminal every entry is one line that steers nothing', () => {
  test('of an update', () => {
    fc.assert(
      fc.property(hostileUpdate, hostileText, (told, text) => {
        const dated = { ...told, at: 1 };
        const render = (words: string): string[] => {
          const advice = new Map(told.incident.findings.map(({ rule }) => [rule.id, { why: words, check: [words] }]));
          return renderUpdate(dated, { colors: plain, advice }).split('\n');
        };
        const lines = render(`why ${text}`);
        expectLines(lines, render('why'));
        const isOneLine = ['acknowledged', 'closed', 'merged'].includes(told.change);
        const head = told.incident.raised === undefined ? 2 : 3;
        expect(lines).toHaveLength(isOneLine ? 1 : head + 3 * told.incident.findings.length);
      }),
      { numRuns: 200 },
    );
  });

  test('of evidence', () => {
    fc.assert(
      fc.property(hostileTexts, (some) => {
        const told = withTexts(sample.evidence, texts(some));
        expectLines(evidenceLines(told, plain), evidenceLines(withTexts(sample.evidence, none), plain));
      }),
      { numRuns: 100 },
    );
  });

  test('of what can be seen', () => {
    fc.assert(
      fc.property(hostileTexts, (some) => {
        const told = withTexts(sample.sight, texts(some));
        expectLines(sightLines(told), sightLines(withTexts(sample.sight, none)));
      }),
      { numRuns: 100 },
    );
  });

  test('of what a suppression would have hidden', () => {
    fc.assert(
      fc.property(hostileTexts, (some) => {
        const hidden = withTexts([finding('a'), finding('b')], texts(some));
        const lines = previewLines({ hidden, told: [] }, { findings: hidden, isCut: false });
        for (const line of lines) expect(line).not.toMatch(steering);
        expect(lines).toHaveLength(3);
      }),
      { numRuns: 100 },
    );
  });

  test('of why something did not fit', () => {
    fc.assert(
      fc.property(hostileViews, hostileTexts, (views, some) => {
        const [{ feature, items, workload }] = views;
        const parts = [{ feature, key: items[0]?.key ?? 'none' }] as const;
        const named = withTexts(finding('a'), texts(some));
        const dated = views.map((view) => withDates(view)) as unknown as typeof views;
        const lines = whyLines({ finding: named, workload, parts: [parts[0]] }, dated);
        for (const line of lines) expect(line).not.toMatch(steering);
      }),
      { numRuns: 100 },
    );
  });
});

/** Times that can be shown. */
const withDates = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, member: unknown) =>
      ['first', 'last', 'at', 'since', 'seen'].includes(name) && typeof member !== 'object' ? 1 : member,
    ),
  );

/** All of a page between `<` and `>`: data cannot add to it, whatever a browser makes of it. */
const markupOf = (page: string): readonly string[] => page.match(/<[^>]*>/g) ?? [];

test('whatever an attacker calls things, a page has the elements and attributes that it has with names of no harm', () => {
  const harmless = evidencePage(withTexts(sample.evidence, none), '1');
  fc.assert(
    fc.property(hostileTexts, (some) => {
      const page = evidencePage(withTexts(sample.evidence, texts(some)), '1');
      expect(markupOf(page)).toEqual(markupOf(harmless));
      const between = page.slice(page.indexOf('<body>')).replace(/<[^>]*>/g, '');
      expect(between).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
      expect(page.replaceAll('\n', '')).not.toMatch(steering);
      expect(Buffer.from(page).toString()).toBe(page);
    }),
    { numRuns: 100 },
  );
});

describe('whatever an attacker calls things, commands print', () => {
  let answers: Readonly<Record<string, unknown>> = {};
  const server = createServer((request, response) => {
    const path = Object.keys(answers).find((one) => request.url?.startsWith(one));
    response.writeHead(path === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(path === undefined ? {} : answers[path]));
  });
  let directory = '';
  let port = 0;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'moorwatch-hostile-'));
    writeFileSync(join(directory, 'feed.token'), feedToken, { mode: 0o600 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    // Each command of its own process listens for signals.
    process.setMaxListeners(0);
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });
  const run = async (command: readonly string[], told: Readonly<Record<string, unknown>>) => {
    answers = told;
    const common = ['--config', '/dev/null', '--state-dir', directory, '--port', String(port)];
    const { code, out, err } = await runMoorwatch([...command, ...common]);
    expect([0, 1]).toContain(code);
    expect(err).not.toContain('moorwatch: ');
    for (const line of `${out}${err}`.split('\n')) expect(line).not.toMatch(steering);
    return out.split('\n');
  };

  it.each(sample.commands)(
    '$command',
    async ({ command, answers: told, entries, admitted = (text: string) => text }) => {
      const harmless = await run(command, withTexts(told, none));
      expect(harmless.length).toBeGreaterThan(1);
      await fc.assert(
        fc.asyncProperty(hostileTexts, async (some) => {
          const hostile = withTexts(told, texts(some.map(admitted)));
          expect(await run(command, hostile)).toHaveLength(harmless.length);
          const lines = (await run([...command, '--json'], hostile)).slice(0, -1);
          if (entries !== undefined) expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(entries(hostile));
        }),
        { numRuns: 8 },
      );
    },
  );

  it('sinks retry, which names what cannot be sent again', async () => {
    const named = { place: '0@1', at: 1, reason: 'no' };
    const told = { retried: 1, more: 2, unreadable: 3, named: [named, named] };
    const path = '/api/v1/sinks/otel/retry';
    const printed = async (some: readonly string[]) => {
      answers = { [path]: withTexts(told, texts(some)) };
      const common = ['--config', '/dev/null', '--state-dir', directory, '--port', String(port)];
      const { code, out, err } = await runMoorwatch(['sinks', 'retry', 'otel', ...common]);
      expect(code).toBe(1);
      return `${out}${err}`.split('\n');
    };
    const harmless = await printed(['x']);
    expect(harmless).toHaveLength(7);
    await fc.assert(
      fc.asyncProperty(hostileTexts, async (some) => {
        const lines = await printed(some);
        for (const line of lines) expect(line).not.toMatch(steering);
        expect(lines).toHaveLength(harmless.length);
      }),
      { numRuns: 8 },
    );
  });

  it('baselines show, which reads back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(hostileViews, async (views) => {
        const told: unknown = withDates(views);
        const lines = await run(['baselines', 'show', 'w'], {
          '/api/v1/baselines/w': { baselines: [told].flat().slice(0, 1) },
        });
        const [first] = [withTimes(told)].flat();
        expect(parse(lines.join('\n'))).toEqual(first);
      }),
      { numRuns: 30 },
    );
  });
});
