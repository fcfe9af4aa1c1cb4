import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPatient } from '../../../../../collector/procfs/patient.ts';
import { viewOf } from '../../../../../collector/sensors/changes/look.ts';

let root: string;
const put = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'moorwatch-look-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const view = (look: object, { rootfs = root, procfs = join(root, 'proc') } = {}) =>
  viewOf({ Id: 'c', ...look }, { rootfs, procfs, patient: createPatient() });
const layers = { GraphDriver: { Name: 'overlay2', Data: { UpperDir: '/up', LowerDir: '/low1:/low2' } } };

it('a file is looked at in the container’s own layer, and its predecessor in the image’s', async () => {
  put('up/bin/s', 'abc', 0o4755);
  put('low2/bin/s', 'abcde', 0o755);
  const files = await view(layers);
  expect(await files.now('/bin/s')).toMatchObject({ type: 'file', mode: 0o4755, size: 3 });
  expect(await files.image('/bin/s')).toMatchObject({ mode: 0o755, size: 5 });
  expect(await files.image('/bin/new')).toBeNull();
  expect(await files.now('/bin/gone')).toBeUndefined();
  expect(await files.deletedAt('/bin/s')).toBeUndefined();
});

it('a link is told and not followed, on the way neither', async () => {
  put('up/secret', 'x');
  mkdirSync(join(root, 'up/root'));
  symlinkSync('/dev/null', join(root, 'up/root/.ash_history'));
  symlinkSync('..', join(root, 'up/root/up'));
  const files = await view(layers);
  expect(await files.now('/root/.ash_history')).toMatchObject({ type: 'symlink', target: '/dev/null' });
  expect(await files.now('/root/up/secret')).toBeUndefined();
});

it('where the engine’s layers cannot be reached it is looked at through the first process', async () => {
  put('proc/42/root/etc/x', 'ab');
  const running = { State: { Pid: 42 } };
  const elsewhere = { GraphDriver: { Data: { UpperDir: '/nowhere' } }, ...running };
  for (const files of [await view(elsewhere), await view({ ...layers, ...running }, { rootfs: '' })]) {
    expect(await files.now('/etc/x')).toMatchObject({ type: 'file', size: 2 });
    expect(await files.image('/etc/x')).toBeUndefined();
    expect(await files.deletedAt('/etc/x')).toBeUndefined();
  }
});

it('of a container that does not run, and without layers, nothing can be seen', async () => {
  put('proc/0/root/etc/x', 'ab');
  expect(await (await view({ State: { Pid: 0 } })).now('/etc/x')).toBeUndefined();
  expect(await (await view({ State: { Pid: 42 } }, { procfs: '' })).now('/etc/x')).toBeUndefined();
  expect(await (await view({ GraphDriver: null })).now('/etc/x')).toBeUndefined();
});

it('nobody waits for a file of the container’s that does not answer', async () => {
  put('up/etc/x', 'ab');
  const asked: string[] = [];
  const files = await viewOf(
    { Id: 'c', ...layers },
    { rootfs: root, procfs: '', patient: async (whose) => void asked.push(whose) },
  );
  expect(await files.now('/etc/x')).toBeUndefined();
  expect(await files.deletedAt('/etc/x')).toBeUndefined();
  expect(asked).toEqual(['c', 'c']);
});
