import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../shared/observation.ts';
import { packagePath } from '../../../shared/package-root.ts';
import { egress, exec } from '../../support/analyzer/observations.ts';
import { findings } from '../../support/analyzer/play.ts';
import { type BaselinesLab, startBaselinesLab } from '../../support/cli/baselines-lab.ts';
import { runMoorwatch } from '../../support/cli/run.ts';

const workload = 'docker.io/library/nginx';
const to = (port: number) => ({ ip: '192.0.2.1', port });
const later = { age: 100 };

let lab: BaselinesLab;
beforeEach(async () => {
  lab = await startBaselinesLab();
  for (let at = 1; at <= 6; at += 1) {
    await lab.see([egress('c1', at * 1_000, to(1 + (at % 2)), later)]);
    await lab.see([exec('c1', at * 1_000, ['pg_dump', `job-${at}\u202e`], later)]);
  }
  // Told and not learned: it has no place in a profile.
  await lab.see([egress('c1', 10_000, to(9), later)]);
});
afterEach(async () => await lab.stop());

const withoutComments = (text: string): string => text.replace(/^ *#.*\n/gm, '');
const exported = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await lab.baselines('export', ...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};

/** The same on another host, where the workload has another id. */
const elsewhere = (observation: Observation): Observation => ({
  ...observation,
  host: { id: 'OTHER', name: 'aft' },
  workload: { id: 'nginx on aft', name: workload },
});

describe('a profile', () => {
  it('is exported, imported for another host, and there the same but for whose it is', async () => {
    const file = lab.file('nginx.yml');
    expect(await exported(workload, '-o', file)).toBe('');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('- text: "192.0.2.1 port 1/tcp"');
    expect(text).toContain('\n      # left out (told by a finding, and nobody approved it): "192.0.2.1 port 9/tcp"');

    expect(await lab.baselines('import', file, '--host', 'aft', '--dry-run')).toMatchObject({
      code: 1,
      err: expect.stringContaining('aft is no host with baselines; there are: anchor (HOST)') as unknown,
    });
    await lab.see([egress('c7', 11_000, to(7), later)].map(elsewhere));
    const dry = await lab.baselines('import', file, '--host', 'aft', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.out.split('\n')).toEqual(
      expect.arrayContaining([
        `--- ${workload} on aft, now`,
        '+++ the profile',
        '  - 192.0.2.1 port 7/tcp (always)',
        '  + 192.0.2.1 port 1/tcp (always)',
        '  + 192.0.2.1 port 2/tcp (always)',
      ]),
    );
    expect(await exported('nginx on aft')).toContain('port 7/tcp');

    const { code, out } = await lab.baselines('import', file, '--host', 'aft', '--reason', 'the same image');
    expect(code).toBe(0);
    expect(out).toContain(`${workload} (egress-destinations): 2 items of the profile are known`);
    const there = withoutComments(await exported(workload, '--host', 'aft'));
    const renamed = withoutComments(text)
      .replaceAll('"HOST"', '"OTHER"')
      .replaceAll('"anchor"', '"aft"')
      .replaceAll(`"workload of ${workload}"`, '"nginx on aft"');
    expect(there.trimEnd()).toBe(renamed.trimEnd());

    const again = await lab.baselines('import', file, '--host', 'aft', '--reason', 'again');
    expect(again).toMatchObject({ code: 0, out: '', err: expect.stringContaining('nothing is to be done') as unknown });
  });

  it('of several hosts is imported as what any of them allows', async () => {
    await lab.see([egress('c7', 11_000, to(7), later), exec('c7', 11_000, ['pg_dump', 'job'], later)].map(elsewhere));
    const files = ['one.yml', 'other.yml'].map(lab.file);
    const [one = '', other = ''] = files;
    await exported(workload, '--host', 'anchor', '-o', one);
    await exported('nginx on aft', '-o', other);
    const { code } = await lab.baselines('import', one, other, '--host', 'aft', '--reason', 'the same image');
    expect(code).toBe(0);
    const there = await exported('nginx on aft');
    for (const port of [1, 2, 7]) expect(there).toContain(`- text: "192.0.2.1 port ${port}/tcp"`);
    expect(there).not.toContain('port 9/tcp');
    expect(await exported(workload, '--host', 'anchor')).not.toContain('port 7/tcp');
  });

  it('pins a workload: what is not in it is high from then on', async () => {
    const file = lab.file('nginx.yml');
    await exported(workload, '-o', file);
    const pinned = await lab.baselines('import', file, '--mode', 'enforce', '--reason', 'reviewed');
    expect(pinned.code).toBe(0);
    expect(pinned.out).toContain('  ~ mode: learn → enforce\n');
    expect(await exported(workload)).toContain('\nmode: enforce\n');
    await lab.see([egress('c1', 12_000, to(10), later), egress('c1', 12_001, to(1), later)]);
    const diff = await lab.baselines('diff', workload, file);
    expect(diff.code).toBe(1);
    expect(diff.out).not.toContain('port 10/tcp');
    expect(await exported(workload)).toContain(
      '# left out (told by a finding, and nobody approved it): "192.0.2.1 port 10/tcp"',
    );
  });

  it('pins what the workload never did too', async () => {
    const api = { ...later, repository: 'docker.io/library/api' };
    await lab.see([egress('a1', 13_000, to(1), api)]);
    const file = lab.file('api.yml');
    await exported('docker.io/library/api', '-o', file);
    expect(readFileSync(file, 'utf8')).toMatch(/\n {2}exec-commands:\n.*\n {4}items: \[\]\n/);
    expect(await lab.baselines('import', file, '--mode', 'enforce', '--reason', 'small')).toMatchObject({ code: 0 });
    const records = await lab.see([exec('a1', 14_000, ['sh'], api), egress('a1', 14_001, to(1), api)]);
    expect(findings(records)).toMatchObject([{ severity: 'high', rule: { catalogue: ['EXE-04'] } }]);
  });

  it('is compared with what is known now, with the exit codes of diff', async () => {
    const file = lab.file('nginx.yml');
    await exported(workload, '-o', file);
    expect(await lab.baselines('diff', workload, file)).toEqual({ code: 0, out: '', err: '' });
    writeFileSync(file, readFileSync(file, 'utf8').replace(/ *- text: "192.0.2.1 port 2\/tcp"\n.*\n.*\n/, ''));
    expect(await lab.baselines('diff', workload, file)).toMatchObject({
      code: 1,
      out: `--- ${file}\n+++ what is known now\negress-destinations:\n  + 192.0.2.1 port 2/tcp (always)\n`,
    });
    expect((await lab.baselines('diff', 'nobody', file)).code).toBe(2);
    expect((await lab.baselines('diff', workload, lab.file('missing.yml'))).code).toBe(78);
    writeFileSync(file, 'moorwatch-profile: 1\nworklaod: {}\n');
    expect(await lab.baselines('diff', workload, file)).toMatchObject({
      code: 78,
      err: expect.stringContaining('2:1: worklaod: unknown key; did you mean "workload"?') as unknown,
    });
  });

  it('is not imported without a reason', async () => {
    const file = lab.file('nginx.yml');
    await exported(workload, '-o', file);
    expect(await lab.baselines('import', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--dry-run') as unknown,
    });
  });
});

it('what a profile calls otherwise than it was seen is named: a harmless text over the key of what was told', async () => {
  const text = await exported(workload);
  const key = /left out \(told[^:]*: "192\.0\.2\.1 port 9\/tcp", key "(\w+)"/.exec(text)?.[1] ?? 'absent';
  const file = lab.file('nginx.yml');
  const named = (as: string): string =>
    text.replace('      - text: "192.0.2.1 port 1/tcp"', (item) => {
      return `      - text: "${as}"\n        key: "${key}"\n        phases: [startup, steady]\n${item}`;
    });
  writeFileSync(file, named('mirror.example.org port 443/tcp'));
  const { out } = await lab.baselines('import', file, '--dry-run');
  expect(out).toContain('  + mirror.example.org port 443/tcp (always)');
  expect(out).toContain(
    '! egress-destinations: what the profile calls "mirror.example.org port 443/tcp" was seen here as "192.0.2.1 port 9/tcp"',
  );
  writeFileSync(file, named('192.0.2.1 port 9/tcp'));
  expect((await lab.baselines('import', file, '--dry-run')).out).not.toContain('!');
});

it('the newest version of an image is compared with older ones', async () => {
  expect(await lab.baselines('diff', workload)).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringContaining('only one image version') as unknown,
  });
  await lab.see([egress('c2', 20_000, to(1), { ...later, image: 'sha256:2' })]);
  await lab.see([egress('c2', 20_001, to(3), { ...later, image: 'sha256:2' })]);
  const { code, out } = await lab.baselines('diff', workload);
  expect(code).toBe(1);
  const lines = out.split('\n');
  expect(lines[0]).toBe(`--- 1 older version, the last ${workload} sha256:1`);
  expect(lines[1]).toBe(`+++ ${workload} sha256:2`);
  expect(lines).toContain('  - 192.0.2.1 port 2/tcp');
  expect(lines).toContain('  + 192.0.2.1 port 3/tcp (novel)');
});

it('the schema of the documentation is the one that is printed', async () => {
  const { out } = await runMoorwatch(['baselines', 'schema']);
  const page = readFileSync(packagePath('docs/schema/moorwatch-profile.schema.json'), 'utf8');
  expect(JSON.parse(page)).toEqual(JSON.parse(out));
});
