import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../shared/finding.ts';
import type { Observation } from '../../../shared/observation.ts';
import { hostWorkload } from '../../../shared/workload.ts';
import { egress, engineEvent, host } from '../../support/analyzer/observations.ts';
import { findings } from '../../support/analyzer/play.ts';
import { type BaselinesLab, startBaselinesLab } from '../../support/cli/baselines-lab.ts';

const why = ['--reason', 'a mirror of ours'] as const;
const pull = (repository: string, at: number): Observation =>
  engineEvent(['image', 'pull'], at, { image: { repository, ref: `${repository}:1` } });

let lab: BaselinesLab;
beforeEach(async () => {
  lab = await startBaselinesLab();
  for (let at = 1; at <= 6; at += 1) await lab.see([pull(`ghcr.io/acme/${at % 2 === 0 ? 'web' : 'db'}`, at * 1_000)]);
});
afterEach(async () => await lab.stop());

async function novel(repository: string, at: number): Promise<readonly Finding[]> {
  const found = findings(await lab.see([pull(repository, at)]));
  return found.filter(({ kind, digest }) => kind === 'deviation' && digest !== true);
}
const done = async (command: string, ...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await lab.baselines(command, ...args);
  expect({ command, code, err }).toEqual({ command, code: 0, err: '' });
  return out;
};

describe('the baseline of a host itself', () => {
  it('is listed and shown by the name @host, and by its id', async () => {
    expect(await done('list')).toMatch(/^anchor +@host +host-images +steady/m);
    for (const called of ['@host', hostWorkload(host).id])
      expect(await done('show', called)).toContain('image ghcr.io/acme/web pulled');
  });

  it('is told, explained, approved and forgotten as any other', async () => {
    const [finding] = await novel('evil.example/x/y', 10_000);
    expect(finding?.summary).toBe('host anchor had image evil.example/x/y pulled, which it never had before');
    expect(await done('why', finding?.id ?? '')).toContain('image evil.example/x/y pulled');
    expect(await done('approve', '--finding', finding?.id ?? '', ...why)).toContain('normal for @host from now on');
    expect(await novel('evil.example/x/y', 11_000)).toEqual([]);
    expect(await done('decisions')).toContain('a mirror of ours');
    await done('forget', '@host', 'host-images', 'image evil.example/x/y pulled', ...why);
    expect(await novel('evil.example/x/y', 12_000)).toHaveLength(1);
  });

  it('is enforced: what deviates is high', async () => {
    await done('mode', '@host', 'enforce', ...why);
    expect(await novel('evil.example/x/y', 10_000)).toMatchObject([{ severity: 'high' }]);
  });

  it('is exported, compared, edited, and imported for another host that was not seen yet', async () => {
    const file = lab.file('host.yml');
    await done('export', '@host', '-o', file);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('- text: "image ghcr.io/acme/db pulled"');
    expect(await done('diff', '@host', file)).toBe('');
    writeFileSync(file, text.replaceAll('acme/db', 'acme/DB'));
    expect((await lab.baselines('diff', '@host', file)).code).toBe(1);
    writeFileSync(file, text);

    const script = lab.file('editor.sh');
    writeFileSync(script, `sed -i 's/^mode: learn/mode: enforce/' "$1"`);
    expect(await lab.edit(`sh '${script}'`, '@host', ...why)).toMatchObject({ code: 0, err: '' });
    expect(await done('export', '@host')).toContain('mode: enforce');

    await lab.see([{ ...pull('ghcr.io/other/one', 20_000), host: { id: 'AFT', name: 'aft' } }]);
    await done('import', file, '--host', 'aft', ...why);
    const there = await done('show', '@host', '--host', 'aft');
    expect(there).toContain(hostWorkload({ id: 'AFT' }).id);
    expect(there).toContain('image ghcr.io/acme/web pulled');
  });

  it('takes no profile of containers, and they take none of a host', async () => {
    for (let at = 1; at <= 6; at += 1) await lab.see([egress('c1', at * 1_000, { ip: '192.0.2.1', port: 443 })]);
    const [ofHost, ofWeb] = [lab.file('host.yml'), lab.file('web.yml')];
    await done('export', '@host', '-o', ofHost);
    await done('export', 'docker.io/library/nginx', '-o', ofWeb);
    const refusals = [
      [ofHost, 'docker.io/library/nginx', 'is learned of a host itself (@host) alone, and docker.io/library/nginx is'],
      [ofWeb, '@host', 'is learned of containers, and @host is a host itself'],
    ] as const;
    for (const [file, workload, err] of refusals)
      for (const how of [['--dry-run'], why])
        expect(await lab.baselines('import', file, '--workload', workload, ...how)).toMatchObject({
          code: 2,
          out: '',
          err: expect.stringContaining(err) as unknown,
        });
    expect(await lab.baselines('import', ofWeb, ofHost, ...why)).toMatchObject({ code: 2, out: '' });
    expect(await done('decisions', '--json')).toBe('');
  });

  it('has no image versions to compare, and nothing that could be confined', async () => {
    expect(await lab.baselines('diff', '@host')).toMatchObject({
      code: 2,
      err: expect.stringContaining('a host has no image versions to compare') as unknown,
    });
    for (const called of ['@host', hostWorkload(host).id])
      expect(await lab.baselines('harden', called)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('is a host itself') as unknown,
      });
  });
});
