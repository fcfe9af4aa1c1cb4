import { describe, expect, it } from 'vitest';
import type { HostPath } from '../../../../../collector/engine/facts/host-path.ts';
import { socketFacts } from '../../../../../collector/engine/facts/sockets.ts';
import { cleanPath, isRootLink } from '../../../../../shared/clean-path.ts';

const live = [{ path: '/run/docker.sock', identity: '25:7' }];
const socket = (real: string, identity: string): HostPath => ({ real, resolved: true, type: 'socket', identity });
const directory = (real: string): HostPath => ({ real, resolved: true, type: 'directory', identity: '1:1' });
const unresolved = (real: string): HostPath => ({ real, resolved: false });

describe('runtime sockets', () => {
  it('are known by their inode, under whatever name (MNT-03)', () => {
    expect(socketFacts(socket('/srv/app.sock', '25:7'), '/srv/app.sock', live)).toEqual({
      is_runtime_socket: true,
      socket_alias: true,
      covers_socket: false,
      socket: '/run/docker.sock',
    });
    // A symbolic link: the real path is the socket's, what it was called is not.
    expect(socketFacts(socket('/run/docker.sock', '25:7'), '/srv/app.sock', live).socket_alias).toBe(true);
    expect(socketFacts(socket('/run/docker.sock', '25:7'), '/var/run/docker.sock', live).socket_alias).toBe(false);
  });

  it('are known by name when the host cannot be asked, not when it says that this is a file', () => {
    for (const path of ['/var/run/docker.sock', '/run/user/1000/podman/podman.sock', '/run/containerd/s/0a1b']) {
      expect(socketFacts(unresolved(path), path, [])).toMatchObject({ is_runtime_socket: true, socket_alias: false });
    }
    const file: HostPath = { real: '/srv/docker.sock', resolved: true, type: 'file', identity: '1:2' };
    expect(socketFacts(file, '/srv/docker.sock', live)).toMatchObject({
      is_runtime_socket: false,
      covers_socket: false,
    });
  });

  it('are the engine’s own, wherever it was told to listen', () => {
    const own = [{ path: '/srv/lab/api' }];
    expect(socketFacts(unresolved('/srv/lab/api'), '/srv/lab/api', own).is_runtime_socket).toBe(true);
    expect(socketFacts(directory('/srv/lab'), '/srv/lab', own)).toMatchObject({
      covers_socket: true,
      socket: '/srv/lab/api',
    });
  });

  it('lie below these directories', () => {
    for (const path of ['/', '/run', '/var', '/var/run', '/run/docker', '/run/containerd', '/run/containerd/s'])
      expect(socketFacts(unresolved(path), path, []), path).toMatchObject({
        covers_socket: true,
        is_runtime_socket: false,
      });
    for (const path of ['/run/user', '/srv', '/running', '/var/lib'])
      expect(socketFacts(directory(path), path, live), path).toMatchObject({ covers_socket: false });
  });
});

describe('paths as the engine cleans them', () => {
  it.each([
    ['//', '/'],
    ['/a/./b//../c/', '/a/c'],
    ['/../../etc', '/etc'],
    ['/proc/self/root', '/'],
    ['/proc/1/root/etc', '/etc'],
    ['/proc/1/task/1/root/proc/self/root/etc', '/etc'],
    ['/proc/self/rootfs', '/proc/self/rootfs'],
  ])('%s is %s', (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });

  it('a root link is the link itself, not what is behind it', () => {
    expect(isRootLink('/proc/12/root')).toBe(true);
    expect(isRootLink('/proc/12/root/etc')).toBe(false);
    expect(isRootLink('/srv/proc/12/root')).toBe(false);
  });
});
