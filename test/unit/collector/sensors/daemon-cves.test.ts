import { describe, expect, it, test } from 'vitest';
import { knownCves } from '../../../../collector/sensors/daemon/cve-table.ts';
import { judgeComponent } from '../../../../collector/sensors/daemon/cves.ts';
import { compareVersions, isBeforeFix, parseVersion } from '../../../../collector/sensors/daemon/versions.ts';

const version = (text: string) => parseVersion(text) ?? expect.fail(`${text} cannot be read`);

describe('versions', () => {
  test.each([
    ['29.5.1', ''],
    ['v2.0.4', ''],
    ['1.0.0-rc95', ''],
    ['1.4.0-rc.3', ''],
    ['18.09.1-ce', ''],
    ['20.10.24+dfsg1', '+dfsg1'],
    ['1.6.20~ds1', '~ds1'],
    ['1.1.5+ds1-1+deb12u1', '+ds1-1+deb12u1'],
    ['1.1.12-0ubuntu3.1', '-0ubuntu3.1'],
    ['1.1.0+dev', '+dev'],
  ])('of %s what is not the project’s own is %j', (text, suffix) => expect(version(text).suffix).toBe(suffix));

  test.each(['', 'master', 'dev', '<unknown>', 'v', '1'])('%j is none', (text) =>
    expect(parseVersion(text)).toBeUndefined(),
  );

  test.each([
    ['1.1.9', '1.1.12'],
    ['1.0.0-rc9', '1.0.0-rc10'],
    ['1.0.0-rc95', '1.0.0'],
    ['1.4.0-beta.9', '1.4.0-rc.1'],
    ['18.09.7', '19.03.0'],
    ['9.9', '10.0.0'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(version(older), version(newer))).toBeLessThan(0);
    expect(compareVersions(version(newer), version(older))).toBeGreaterThan(0);
  });
});

describe('a fix by line', () => {
  const fixed = ['1.2.8', '1.3.3', '1.4.0-rc.3'];
  test.each([
    ['1.1.15', true],
    ['1.2.7', true],
    ['1.2.8', false],
    ['1.2.9', false],
    ['1.3.0', true],
    ['1.3.3', false],
    ['1.4.0-rc.2', true],
    ['1.4.0-rc.3', false],
    ['1.4.0', false],
    ['1.5.0', false],
    ['2.0.0', false],
  ])('%s is before it: %s', (text, before) => expect(isBeforeFix(version(text), fixed)).toBe(before));

  it('is missing from a line between two that have it', () => {
    expect(isBeforeFix(version('24.0.9'), ['23.0.15', '25.0.6'])).toBe(true);
  });

  it('does not concern what is older than the fault', () => {
    expect(isBeforeFix(version('18.09.9'), ['19.03.1'], '19.03.0')).toBe(false);
    expect(isBeforeFix(version('19.03.0'), ['19.03.1'], '19.03.0')).toBe(true);
  });
});

describe('a component', () => {
  const docker = { upstream: true, authorizationPlugins: false };
  const runc = (text: string, commit?: string) =>
    judgeComponent({ name: 'runc', version: text, ...(commit && { commit }) }, docker);

  it('of Docker’s own that is too old is vulnerable, with the worst severity', () => {
    const judged = runc('1.1.11', 'v1.1.11-0-g4bccb38');
    expect(judged).toMatchObject({ severity: 'high', unsure: [], decided: '1.1.11 is older than the fix' });
    expect(judged?.vulnerable).toEqual(expect.arrayContaining(['CVE-2024-21626', 'CVE-2025-31133']));
    expect(judged?.vulnerable).not.toContain('CVE-2023-27561');
  });

  it('with nothing but low ones is low', () =>
    expect(runc('1.3.5')).toMatchObject({ severity: 'low', vulnerable: ['CVE-2026-41579'] }));

  it('that is new enough has nothing to say', () => expect(runc('1.3.6')).toBeUndefined());

  it('that cannot be read has nothing to say', () => expect(runc('unknown')).toBeUndefined());

  test.each([
    ['a suffix', '1.1.5+ds1', undefined, docker],
    ['a package’s version for a commit', '1.1.5', '1.1.5+ds1-1+deb12u1', docker],
    ['an engine that Docker did not build', '1.1.5', 'v1.1.5-0-gf19387a', { ...docker, upstream: false }],
  ])('with %s is unsure', (_why, text, commit, context) => {
    const judged = judgeComponent({ name: 'runc', version: text, ...(commit && { commit }) }, context);
    expect(judged).toMatchObject({ vulnerable: [] });
    expect(judged).not.toHaveProperty('severity');
    expect(judged?.unsure).toContain('CVE-2024-21626');
    expect(judged?.unsure).not.toContain('CVE-2023-28642');
  });

  it('with a fault of authorization plugins is concerned where there are some', () => {
    const engine = (authorizationPlugins: boolean) =>
      judgeComponent({ name: 'engine', version: '27.1.0' }, { upstream: true, authorizationPlugins })?.vulnerable;
    expect(engine(true)).toContain('CVE-2024-41110');
    expect(engine(false)).not.toContain('CVE-2024-41110');
    expect(engine(false)).toContain('CVE-2026-41567');
  });
});

describe('the table', () => {
  test.each(knownCves.map((cve) => [cve.id, cve] as const))(
    '%s has an id and fixes in rising order',
    (id, { fixed, since }) => {
      expect(id).toMatch(/^CVE-20\d\d-\d{4,}$/);
      const fixes = fixed.map(version);
      expect(fixes).toEqual(fixes.toSorted(compareVersions));
      if (since !== undefined) expect(compareVersions(version(since), version(fixed.at(-1) ?? ''))).toBeLessThan(0);
    },
  );

  it('names each once', () => expect(new Set(knownCves.map(({ id }) => id)).size).toBe(knownCves.length));
});
