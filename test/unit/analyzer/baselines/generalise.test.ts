import { describe, expect, it } from 'vitest';
import { generalise } from '../../../../analyzer/baselines/generalise.ts';

describe('generalising an argument', () => {
  it.each([
    ['/proc/1234/root/etc', '/proc/<pid>/root/etc'],
    ['cat /proc/17/status', 'cat /proc/<pid>/status'],
    ['/tmp/tmp.X1k9aQ', '/tmp/<temp>'],
    ['/tmp/tmpab12cd34', '/tmp/<temp>'],
    ['550e8400-e29b-41d4-a716-446655440000', '<uuid>'],
    ['job-550e8400-e29b-41d4-a716-446655440000.json', 'job-<uuid>.json'],
    ['2026-11-24', '<date>'],
    ['--since=2026-11-24T11:17:48Z', '--since=<date>'],
    ['backup-20261124.tar.gz', 'backup-<date>.tar.gz'],
    ['0a1b2c3d4e5f', '<hex>'],
    ['sha256:9f86d081884c7d659a2feaa0c55ad015', 'sha256:<hex>'],
    ['12345', '<number>'],
    ['-9', '-<number>'],
    ['--limit=20', '--limit=<number>'],
  ])('%s → %s', (argument, template) => {
    expect(generalise(argument)).toBe(template);
  });

  it.each([
    'python3',
    'cafe',
    'defaced',
    '10.0.0.7',
    '10.0.0.7:4444',
    'v1.2.3',
    'pg_dump',
    '/etc/passwd',
    'tmpfiles',
    'utf8',
  ])('leaves %s alone', (argument) => {
    expect(generalise(argument)).toBe(argument);
  });

  it('takes time in proportion to the length, whatever an attacker writes', () => {
    const hostile = [
      'a'.repeat(4_096),
      '0'.repeat(4_096),
      'tmp'.repeat(1_300),
      '1-'.repeat(2_000),
      'a1'.repeat(2_000),
      '2026-11-24 '.repeat(370),
    ];
    const started = performance.now();
    for (const argument of hostile) generalise(argument);
    expect(performance.now() - started).toBeLessThan(250);
  });
});
