import { describe, expect, it } from 'vitest';
import { isShellProcess, masqueradeOf } from '../../../../../collector/sensors/processes/names.ts';
import { isInterpreter, scriptArgument } from '../../../../../collector/sensors/processes/script.ts';
import { startingMs } from '../../../../../collector/sensors/processes/starting.ts';
import { connectedRow, kindOf, socketFacts, socketInode } from '../../../../../collector/sensors/processes/stdio.ts';

describe('a shell', () => {
  it.each([
    ['/bin/busybox', ['sh', '-c', 'id'], true],
    ['/bin/busybox', ['busybox', 'ash'], true],
    ['/bin/busybox', ['busybox', 'ls'], false],
    ['/bin/busybox', ['ls'], false],
    ['/usr/bin/dash', ['x'], true],
    ['/usr/bin/bash', ['-bash'], true],
    ['/tmp/x', ['/bin/sh'], true],
    ['/usr/sbin/nginx', ['nginx'], false],
    ['/usr/bin/ssh', ['ssh'], false],
    ['', [], false],
  ])('%s as %j: %s', (executable, args, expected) => {
    expect(isShellProcess(executable, args)).toBe(expected);
  });
});

describe('a masquerade', () => {
  it.each([
    ['kworker/0:1', 'x', '/tmp/x', 'upper', 'kernel-thread'],
    ['3', '[kworker/0:1]', '/memfd:x', 'memfd', 'kernel-thread'],
    ['kthreadd', 'kthreadd', '/tmp/x', 'lower', 'kernel-thread'],
    ['x', '[celeryd: w1@host:MainProcess] -active- (worker)', '/usr/bin/python3.11', 'lower', undefined],
    ['runc:[2:INIT]', 'perl', '/usr/bin/perl', 'lower', 'runtime'],
    ['perl', '/usr/bin/dockerd', '/usr/bin/perl', 'lower', 'runtime'],
    ['containerd-shim', 'containerd-shim', '/tmp/miner', 'upper', 'runtime'],
    ['dockerd', 'dockerd', '/usr/local/bin/dockerd', 'lower', undefined],
    ['containerd-shim', 'containerd-shim-runc-v2', '/usr/local/bin/containerd-shim-runc-v2', 'lower', undefined],
    ['runc:[2:INIT]', 'runc', '/usr/sbin/crun', 'host', undefined],
    ['runcommand', 'runcommand', '/usr/bin/x', 'lower', undefined],
    ['nginx', 'nginx: master process', '/usr/sbin/nginx', 'lower', undefined],
    ['dockerd-entrypo', '/bin/sh', '/bin/busybox', 'lower', undefined],
    ['docker-proxy', 'docker-proxy', '/usr/bin/x', 'lower', 'runtime'],
    ['watchdog_service', 'migration_run', '/usr/bin/x', 'lower', undefined],
    ['irq/9-acpi', 'x', '/usr/bin/x', 'lower', 'kernel-thread'],
    ['irqbalance', 'irqbalance', '/usr/sbin/irqbalance', 'lower', undefined],
  ])('comm %s, argument %s, file %s (%s): %s', (comm, argv0, executable, layer, expected) => {
    expect(masqueradeOf({ comm, argv0 }, { executable, layer })).toBe(expected);
  });
});

describe('a script', () => {
  it.each([
    ['/bin/busybox', ['sh', '/tmp/x.sh'], '/tmp/x.sh'],
    ['/bin/busybox', ['sh', '-e', 'x.sh', 'y'], 'x.sh'],
    ['/bin/busybox', ['sh', '-c', '/tmp/x.sh'], undefined],
    ['/bin/busybox', ['cat', '/tmp/x.sh'], undefined],
    ['/usr/bin/bash', ['bash', '-lc', 'x'], undefined],
    ['/usr/bin/bash', ['bash', '-s', 'x'], undefined],
    ['/usr/bin/bash', ['/tmp/run', '/tmp/run'], '/tmp/run'],
    ['/usr/bin/python3.11', ['python3', '-u', '/app/main.py'], '/app/main.py'],
    ['/usr/bin/python3.11', ['python3', '-m', 'http.server'], undefined],
    ['/usr/bin/perl', ['perl', '-we', 'print 1'], undefined],
    ['/usr/local/bin/node', ['node', '--eval', 'x'], undefined],
    ['/usr/local/bin/node', ['node', '--inspect', 'server.js'], 'server.js'],
    ['/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', ['/lib64/ld-linux-x86-64.so.2', '/tmp/a'], '/tmp/a'],
    ['/lib/ld-musl-x86_64.so.1', ['/lib/ld-musl-x86_64.so.1', '/tmp/a'], '/tmp/a'],
    ['/usr/sbin/nginx', ['nginx', '/etc/x'], undefined],
    ['/usr/bin/bash', ['bash'], undefined],
    ['', [], undefined],
  ])('%s %j: %s', (executable, args, expected) => {
    expect(scriptArgument(executable, args)).toBe(expected);
  });

  it('is for an interpreter', () => {
    expect(isInterpreter('/usr/bin/python3', ['x'])).toBe(true);
    expect(isInterpreter('/bin/busybox', ['ls'])).toBe(false);
  });
});

describe('descriptors', () => {
  it.each([
    ['socket:[7]', false, 'socket'],
    ['pipe:[7]', false, 'pipe'],
    ['/tmp/f', true, 'pipe'],
    ['/dev/null', false, 'null'],
    ['/dev/pts/0', false, 'tty'],
    ['/dev/console', false, 'tty'],
    ['/var/log/socket:[7]', false, 'file'],
    ['anon_inode:[eventfd]', false, 'other'],
  ])('%s: %s %s', (link, isFifo, kind) => {
    expect(kindOf(link, isFifo)).toBe(kind);
  });

  it('of sockets have numbers, and a connection has another side', () => {
    expect([socketInode('socket:[77]'), socketInode('/x/socket:[77]'), socketInode(undefined)]).toEqual([
      '77',
      undefined,
      undefined,
    ]);
    const row = (inode: string, state: string, port: number) =>
      ({
        transport: 'tcp',
        state,
        inode,
        local: { ip: '10.0.0.1', port: 1 },
        remote: { ip: '1.1.1.1', port },
      }) as const;
    const rows = [row('1', 'LISTEN', 0), row('2', 'SYN_SENT', 80), row('3', 'ESTABLISHED', 80)];
    expect(connectedRow(rows, new Set(['1', '2']))).toBeUndefined();
    expect(connectedRow(rows, new Set(['4']))).toBeUndefined();
    const found = connectedRow(rows, new Set(['1', '2', '3']));
    expect(found && socketFacts('direct', found)).toEqual({ via: 'direct', ip: '1.1.1.1', port: 80, scope: 'public' });
  });
});

describe('a runtime that begins something', () => {
  const file = (path: string) =>
    ({
      path,
      deleted: false,
      mounted: 'container',
      identity: { device: '8:1', inode: '1', changedAt: 0, kind: 'file' },
    }) as const;

  it.each([
    ['/usr/sbin/runc', 'host', 5_000],
    ['/memfd:runc_cloned:/proc/self/exe', 'memfd', 5_000],
    ['/runc', 'unknown', 5_000],
    ['/', 'host', 15_000],
    ['/usr/bin/nsenter', 'host', 1_000],
    ['/memfd:x', 'memfd', 0],
    ['/tmp/runc', 'upper', 0],
    ['/usr/bin/runc', 'lower', 0],
    ['/x', 'unknown', 0],
  ])('%s of %s is given %i ms', (path, layer, ms) => {
    expect(startingMs(file(path), layer)).toBe(ms);
  });
});
