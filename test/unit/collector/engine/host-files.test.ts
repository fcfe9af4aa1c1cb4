import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHostFiles, type HostFiles } from '../../../../collector/engine/host-files.ts';

/** A host's file system in a directory: every path below is one of that host. */
let host = '';
let files: HostFiles;
const servers: Server[] = [];

function write(path: string, text = ''): void {
  mkdirSync(join(host, path, '..'), { recursive: true });
  writeFileSync(join(host, path), text);
}

function link(path: string, target: string): void {
  mkdirSync(join(host, path, '..'), { recursive: true });
  symlinkSync(target, join(host, path));
}

function listen(path: string): Promise<void> {
  mkdirSync(join(host, path, '..'), { recursive: true });
  return new Promise((resolve) => servers.push(createServer().listen(join(host, path), () => resolve())));
}

const mountinfo = (...mounts: readonly string[]) =>
  mounts.map((mount, index) => `${index} 1 8:0 / ${mount.split(' ')[0]} rw - ${mount.split(' ')[1]} x rw`).join('\n');

beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), 'moorwatch-host-'));
  mkdirSync(join(host, 'proc'));
  write('proc/1/mountinfo', mountinfo('/ ext4', '/proc proc', '/mnt/nas nfs4', '/with\\040space xfs'));
  files = createHostFiles({ rootfs: host, procfs: join(host, 'proc') });
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(host, { recursive: true, force: true });
});

describe('a look at a path of the host', () => {
  it('follows links inside the host’s root, not ours', async () => {
    write('etc/passwd');
    link('srv/a', '/etc');
    link('srv/b', '../srv/a/passwd');
    expect(await files.look('/srv/b')).toMatchObject({ real: '/etc/passwd', resolved: true, type: 'file' });
    link('srv/up', '../../../../../etc');
    expect(await files.look('/srv/up')).toMatchObject({ real: '/etc', type: 'directory' });
  });

  it('takes .. from where a link led to, as the kernel does', async () => {
    write('deep/er/file');
    link('srv/x', '/deep/er');
    link('srv/y', 'x/..');
    expect(await files.look('/srv/x/..')).toMatchObject({ real: '/deep', resolved: true });
    expect(await files.look('/srv/y')).toMatchObject({ real: '/deep', resolved: true });
  });

  it('sees the root behind every name of it', async () => {
    link('srv/root', '/');
    link('srv/proc', '/proc/1/root');
    mkdirSync(join(host, 'proc/1/task/1'), { recursive: true });
    mkdirSync(join(host, 'etc'));
    for (const path of [
      '/',
      '//',
      '/srv/root',
      '/srv/proc',
      '/proc/self/root',
      '/proc/1/task/1/root',
      '/srv/root/srv/..',
    ])
      expect(await files.look(path), path).toMatchObject({ real: '/', resolved: true });
    expect(await files.look('/proc/self/root/etc')).toMatchObject({ real: '/etc' });
  });

  it('does not take itself for "self"', async () => {
    expect(await files.look('/proc/self/cwd')).toEqual({ real: '/proc/self/cwd', resolved: false });
  });

  it('says when there is nothing to be seen', async () => {
    link('srv/loop', '/srv/loop');
    expect(await files.look('/srv/loop')).toEqual({ real: '/srv/loop', resolved: false });
    expect(await files.look('/not/../there')).toEqual({ real: '/there', resolved: false });
    const blind = createHostFiles({ rootfs: '', procfs: '' });
    expect(await blind.look('/a/../etc//')).toEqual({ real: '/etc', resolved: false });
    expect(await blind.passwd(1)).toBeNull();
  });

  it('knows the file system by the host’s mounts and stays out of the network’s', async () => {
    write('with space/f');
    write('mnt/nas/share/f');
    expect(await files.look('/with space/f')).toMatchObject({ fstype: 'xfs', resolved: true });
    expect(await files.look('/proc/1')).toMatchObject({ fstype: 'proc' });
    expect(await files.look('/mnt/nas/share/f')).toEqual({ real: '/mnt/nas/share/f', resolved: false });
  });

  it('of a device says its numbers', async () => {
    const devices = createHostFiles({ rootfs: '/', procfs: '/proc' });
    expect(await devices.look('/dev/null')).toMatchObject({ type: 'char', major: 1, minor: 3, resolved: true });
    const { nodes } = await devices.device('/dev');
    expect(nodes).toContainEqual({ type: 'char', major: 1, minor: 3 });
    expect((await devices.device('/etc')).nodes).toEqual([]);
  });
});

describe('runtime sockets of the host', () => {
  it('are those that live, by inode, through links and hard links', async () => {
    await listen('run/docker.sock');
    write('run/containerd/containerd.sock');
    link('srv/engine.sock', '/run/docker.sock');
    linkSync(join(host, 'run/docker.sock'), join(host, 'srv/hard.sock'));
    const sockets = await files.sockets('/srv/engine.sock');
    expect(sockets.map(({ path }) => path)).toEqual(['/run/docker.sock', '/run/docker.sock']);
    expect((await files.look('/srv/hard.sock')).identity).toBe(sockets[0]?.identity);
  });

  it('include the engine’s own where it cannot be seen', async () => {
    expect(await files.sockets('/elsewhere/api.sock')).toEqual([{ path: '/elsewhere/api.sock' }]);
    expect(await files.sockets(undefined)).toEqual([]);
  });
});

describe('passwd of a container', () => {
  const text = 'root:x:0:0::/:/bin/sh\n';

  it('is read where the container has it, through links inside its root', async () => {
    write('proc/7/root/etc/passwd', text);
    expect(await files.passwd(7)).toBe(text);
    write('proc/8/root/data/users', text);
    link('proc/8/root/etc/passwd', '/data/users');
    expect(await files.passwd(8)).toBe(text);
    expect(await files.passwd(9)).toBeNull();
    expect(await files.passwd(0)).toBeNull();
  });

  it('is never a file of ours, a pipe that does not answer, or endless', async () => {
    write('secret', 'ours');
    link('proc/7/root/etc/passwd', join(host, 'secret'));
    expect(await files.passwd(7)).toBeNull();
    mkdirSync(join(host, 'proc/8/root/etc'), { recursive: true });
    execFileSync('mkfifo', [join(host, 'proc/8/root/etc/passwd')]);
    expect(await files.passwd(8)).toBeNull();
    write('proc/9/root/etc/passwd', 'x'.repeat(300_000));
    expect(await files.passwd(9)).toHaveLength(256 * 1024);
    mkdirSync(join(host, 'proc/10/root/etc/passwd'), { recursive: true });
    expect(await files.passwd(10)).toBeNull();
  });
});
