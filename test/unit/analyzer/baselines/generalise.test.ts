import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeLiteral, generalise, generaliseExecutable } from '../../../../analyzer/baselines/generalise.ts';

describe('generalising an argument', () => {
  it.each([
    ['/proc/1234/root/etc', '/proc/<pid>/root/etc'],
    ['cat /proc/17/status', 'cat /proc/<pid>/status'],
    ['550e8400-e29b-41d4-a716-446655440000', '<uuid>'],
    ['job-550e8400-e29b-41d4-a716-446655440000.json', 'job-<uuid>.json'],
    ['550e8400e29b41d4a716446655440000', '<hex>'],
    ['0a1b2c3d4e5f', '<hex>'],
    ['sha256:9f86d081884c7d659a2feaa0c55ad015', 'sha256:<hex>'],
    ['v1.2.3-5-gabcdef1', 'v1.2.3-<number>-g<hex>'],
    [
      '/sys/fs/cgroup/system.slice/docker-9f86d081884c7d659a2feaa0c55ad015.scope',
      '/sys/fs/cgroup/system.slice/docker-<hex>.scope',
    ],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '<id>'],
    ['web.1.x7k2m9qwe4rty8uio1pas3dfg', 'web.1.<id>'],
    ['V1StGXR8_Z5jdHi6B-myT', '<id>'],
  ])('replaces what identifies: %s → %s', (argument, template) => {
    expect(generalise(argument)).toBe(template);
  });

  it.each([
    ['2026-11-24', '<date>'],
    ['--since=2026-11-24T11:17:48Z', '--since=<date>'],
    ['2026-11-24 11:17:48', '<date>'],
    ['backup-20261124.tar.gz', 'backup-<date>.tar.gz'],
    ['dump_20261124T111748Z.sql', 'dump_<date>.sql'],
    ['dump_2026_11_24.sql', 'dump_<date>.sql'],
    ['/root/.npm/_logs/2026-11-24T11_17_48_123Z-debug-0.log', '/root/.npm/_logs/<date>-debug-0.log'],
    ['11:17:48', '<time>'],
    ['backup-1764489000.sql', 'backup-<number>.sql'],
    ['backup-1764489000123.sql', 'backup-<number>.sql'],
  ])('replaces times: %s → %s', (argument, template) => {
    expect(generalise(argument)).toBe(template);
  });

  it.each([
    ['/tmp/tmp.X1k9aQ', '/tmp/<temp>'],
    ['/tmp/tmp.XyZaBcDeFg', '/tmp/<temp>'],
    ['/tmp/tmpab12cd34', '/tmp/<temp>'],
    ['/tmp/tmpabcdefgh', '/tmp/<temp>'],
    ['/tmp/tmpab12cd34.json', '/tmp/<temp>.json'],
    ['/tmp/ccAb12Xy.o', '/tmp/<temp>.o'],
    ['/tmp/phpAb1Cd2', '/tmp/php<temp>'],
    ['/tmp/npm-1234-abcdef12/x', '/tmp/npm-<number>-<hex>/x'],
    ['/tmp/pip-install-ab_cdefg/setup.py', '/tmp/pip-install-<temp>/setup.py'],
    ['/tmp/pip-req-build-x9y8z7w6', '/tmp/pip-req-build-<temp>'],
    ['/tmp/go-build1234567890/b001', '/tmp/go-build<number>/b001'],
    ['/tmp/ssh-aBcDeFgHiJkL/agent.1234', '/tmp/ssh-<temp>/agent.<number>'],
    ['/var/tmp/dracut.AbC1d2/x', '/var/tmp/dracut.<temp>/x'],
    [
      '/tmp/systemd-private-0123456789abcdef0123456789abcdef-apache2.service-AbCdEf/tmp',
      '/tmp/systemd-private-<hex>-apache2.service-<temp>/tmp',
    ],
  ])('replaces names of temporary files: %s → %s', (argument, template) => {
    expect(generalise(argument)).toBe(template);
  });

  it.each([
    ['/opt/app-1.2.3/bin/x', '/opt/app-<version>/bin/x'],
    ['/opt/node-v20.11.0-linux-x64/bin/node', '/opt/node-<version>/bin/node'],
    ['/lib/modules/6.8.0-45-generic/kernel/x.ko', '/lib/modules/<version>/kernel/x.ko'],
    ['/usr/share/dotnet/shared/8.0.1/x.dll', '/usr/share/dotnet/shared/<version>/x.dll'],
  ])('replaces versions of three parts in a directory: %s → %s', (argument, template) => {
    expect(generalise(argument)).toBe(template);
  });

  it.each([
    ['12345', '<number>'],
    ['8080', '<number>'],
    ['-9', '-<number>'],
    ['--limit=20', '--limit=<number>'],
    ['/dev/pts/3', '/dev/pts/<number>'],
    ['file-12.log', 'file-<number>.log'],
  ])('replaces a number that stands by itself: %s → %s', (argument, template) => {
    expect(generalise(argument)).toBe(template);
  });

  it.each([
    'python3',
    'python3.11',
    '/usr/lib/python3.11/site.py',
    'cafe',
    'defaced',
    'pg_dump',
    'utf8',
    'x86_64',
    '/etc/passwd',
    'tmpfiles',
    '/tmp/ccleaner',
    '/tmp/server-config.yaml',
    '/tmp/install-packages.sh',
    'some_very_long_identifier_name_v2',
    'ThisIsAVeryLongCamelCaseNameV2Handler',
    'libicudata.so.74',
    'v1.2.3',
    'lodash@4.17.21',
    'image:1.2.3',
  ])('leaves names and versions of things alone: %s', (argument) => {
    expect(generalise(argument)).toBe(argument);
  });

  it.each([
    '10.0.0.7',
    '10.0.0.7:4444',
    '10.0.0.0/24',
    '2001:db8::1234',
    '2001:db8::/32',
    'http://10.0.0.7:8080/x',
    '8080:80',
    '-p8080',
    'aa:bb:cc:dd:ee:ff',
    'postgres://app@db:5432/shop',
  ])('leaves addresses and their ports alone: %s', (argument) => {
    expect(generalise(argument)).toBe(argument);
  });

  it.each(['0', '1', '--uid=0', '00', '0:0', '/proc/1/root', '-1'])(
    'leaves root and the first process alone: %s',
    (argument) => {
      expect(generalise(argument)).toBe(argument);
    },
  );

  it('leaves what is too long alone, escaped all the same', () => {
    expect(generalise(`<pid> ${'12 '.repeat(2_000)}`)).toBe(`<'pid> ${'12 '.repeat(2_000)}`);
  });
});

/** What tokens are made of, so that they come up next to each other and broken in every way. */
const fragments =
  "/ - -- . .. _ : = < > @ $x ' <pid> <'pid> <*> <uuid> <number> /tmp/ /proc/ tmp. cc .o g v 0 1 12 123456 0x a1 deadbeef abcdef12 2026-11-24 20261124 " +
  'T11:17:48Z 11:17 1.2.3 10.0.0.7 550e8400-e29b-41d4-a716-446655440000 X1k9aQ Zq81Lw .com .log sudo curl -c sh --user // word Word 01ARZ3NDEKTSV4RRFFQ69G5FAV é';
const fragment = fc.constantFrom(' ', '\n', ...fragments.split(' '));
const argument = fc.oneof(
  fc.array(fragment, { maxLength: 14 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 60 }),
);
const name = fc.oneof(argument, fc.string()).map((text) => text.replaceAll('/', ''));

describe('generalising any argument', () => {
  const runs = { numRuns: 3_000 };

  it('once is enough: of what it made, a second time changes nothing but the escapes', () => {
    fc.assert(
      fc.property(argument, (text) => {
        const once = generalise(text);
        expect(generalise(once)).toBe(escapeLiteral(once));
      }),
      runs,
    );
  });

  it('lets nobody write a placeholder: different texts stay different when they are escaped, and none has one', () => {
    const like = fc
      .array(fc.constantFrom('<', "'", '>', '*', 'pid', 'a'), { maxLength: 9 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(like, like, (one, other) => {
        expect(escapeLiteral(one) === escapeLiteral(other)).toBe(one === other);
        expect(generalise(one)).not.toMatch(/<(?:pid|\*)>/);
      }),
      runs,
    );
    expect(generalise('/proc/<pid>/root')).not.toBe(generalise('/proc/17/root'));
  });

  it('never makes one of two programs, wherever they lie', () => {
    fc.assert(
      fc.property(argument, name, name, (directory, one, other) => {
        const [first, second] = [one, other].map((program) => generaliseExecutable(`/${directory}/${program}`));
        if (one !== other) expect(first).not.toBe(second);
      }),
      runs,
    );
  });

  it('never makes one of two options', () => {
    const option = fc.stringMatching(/^--?[A-Za-z][A-Za-z0-9-]{0,20}$/);
    fc.assert(
      fc.property(option, option, argument, (one, other, value) => {
        expect(generalise(`${one}=${value}`).startsWith(`${one}=`)).toBe(true);
        if (one !== other) expect(generalise(one)).not.toBe(generalise(other));
      }),
      runs,
    );
  });

  it('never leads to another top level', () => {
    fc.assert(
      fc.property(name, argument, (top, rest) => {
        expect(generalise(`/${top}/${rest}`).startsWith(`/${escapeLiteral(top)}/`)).toBe(true);
      }),
      runs,
    );
  });

  it('takes time in proportion to the length, whatever an attacker writes', () => {
    const seeds = [
      'a',
      '0',
      'tmp',
      'tmp.',
      '1-',
      'a1',
      'aA1_',
      '2026-11-24 ',
      '/tmp/',
      '/tmp/a.',
      '/1.2.',
      '/a-1.2.3-',
      "<'",
      '<',
      '-g0',
      '1.',
      ':',
      '11:17:',
      '20',
      '0x',
      'a.',
      'a@1',
      '/..',
      '"/1',
      '$a/',
      '--user=',
      'user_',
      'sudo 1 ',
      'sh -c 1 ',
    ];
    const hostile = fc.oneof(
      fc.constantFrom(...seeds).map((seed) => seed.repeat(4_096).slice(0, 4_096)),
      fc.array(fragment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('').repeat(4_096).slice(0, 4_096)),
    );
    let slowest = 0;
    // The fastest of a few: what else the machine does is no property of the text.
    const time = (text: string): number => {
      const started = performance.now();
      generalise(text);
      return performance.now() - started;
    };
    fc.assert(
      fc.property(hostile, (text) => {
        slowest = Math.max(slowest, Math.min(...[1, 2, 3, 4, 5].map(() => time(text))));
      }),
      { numRuns: 300 },
    );
    expect(slowest).toBeLessThan(100);
  });
});
