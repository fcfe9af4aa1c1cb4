import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../../bin/moorwatch.js');

test('the demo learns until it is steady, tells what only a baseline finds, and what rules find', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin, 'demo']);
  // Each told by the demo itself, at the severity that is printed.
  expect(stdout).toMatch(/medium +EXE-04 tar .* \(as 33\) was run by exec in shop\/db, where it never was before/);
  expect(stdout).toMatch(/medium +API-09 shop\/web was given mount volume shop_orders at \/srv\/orders rw, which none/);
  expect(stdout).toMatch(/critical +EXE-01 Somebody asked for a privileged command in container shop-worker-1: id/);
  expect(stdout).not.toContain('ls /var/lib/orders');
  expect(stderr).toMatch(/`moorwatch baselines list` prints: \S+ {2}shop\/web {2}configuration {2}steady {2}/);
}, 120_000);
