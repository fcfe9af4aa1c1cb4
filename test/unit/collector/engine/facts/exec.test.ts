import { describe, expect, it } from 'vitest';
import { execFacts } from '../../../../../collector/engine/facts/exec.ts';
import { isRoot, userId } from '../../../../../collector/engine/facts/user.ts';
import type { ExecInspect } from '../../../../../collector/engine/inspect-types.ts';
import type { ContainerFacts } from '../../../../../shared/observation.ts';
import { factsOf, recorded } from '../../../../support/inspect.ts';

const at = (container: ContainerFacts | undefined, text = '') => ({ id: 'e', text, container, passwd: null });
const running = (...argv: string[]): ExecInspect => {
  const [entrypoint = '', ...rest] = argv;
  return { ProcessConfig: { entrypoint, arguments: rest, user: '', privileged: false, tty: false }, OpenStdin: false };
};
const withHealthcheck = (...healthcheck: string[]): ContainerFacts => ({
  ...factsOf(recorded('non-root').container),
  healthcheck,
});

describe('execs (N7)', () => {
  it('of root in a container of another user (R21)', () => {
    const container = factsOf(recorded('non-root').container);
    expect(execFacts(recorded('exec-root').exec, at(container))).toEqual({
      id: 'e',
      args: ['sleep', '100'],
      command: 'sleep 100',
      resolved: true,
      user: '0',
      uid: 0,
      privileged: false,
      tty: false,
      open_stdin: false,
      pid: 11714,
      is_healthcheck: false,
      is_shell: false,
    });
  });

  it('run as the container’s user when none is given', () => {
    const container = factsOf(recorded('non-root').container);
    expect(execFacts(running('id'), at(container))).toMatchObject({ user: '1000', uid: 1000 });
  });

  it('are known by the event’s text alone when they are gone, and say so', () => {
    expect(execFacts(undefined, at(undefined, 'sh -c a  b'))).toEqual({
      id: 'e',
      args: ['sh', '-c', 'a', 'b'],
      command: 'sh -c a b',
      resolved: false,
      is_healthcheck: false,
      is_shell: true,
    });
  });

  it.each([
    [['/bin/bash'], true],
    [['busybox', 'sh'], true],
    [['busybox', 'ls'], false],
    [['-ash'], true],
    [['/usr/bin/python3'], false],
    [['showsh'], false],
  ])('%j is a shell: %s', (argv, expected) => {
    expect(execFacts(running(...argv), at(undefined)).is_shell).toBe(expected);
  });
});

describe('health checks (B01)', () => {
  const isHealthcheck = (inspect: ExecInspect, container: ContainerFacts) =>
    execFacts(inspect, at(container)).is_healthcheck;
  const shell = withHealthcheck('CMD-SHELL', 'curl -f localhost || exit 1');

  it('are exactly the configured test', () => {
    expect(isHealthcheck(running('/bin/sh', '-c', 'curl -f localhost || exit 1'), shell)).toBe(true);
    expect(isHealthcheck(running('/bin/sh', '-c', 'curl -f localhost || exit 1; id'), shell)).toBe(false);
    expect(isHealthcheck(running('/bin/sh', '-x', 'curl -f localhost || exit 1'), shell)).toBe(false);
    expect(isHealthcheck(running('check', '1'), withHealthcheck('CMD', 'check', '1'))).toBe(true);
    expect(isHealthcheck(running('check', '1', '2'), withHealthcheck('CMD', 'check', '1'))).toBe(false);
    expect(isHealthcheck(running('NONE'), withHealthcheck('NONE'))).toBe(false);
  });

  it('have neither terminal nor privileges nor another user', () => {
    const check = running('/bin/sh', '-c', 'curl -f localhost || exit 1');
    const changed = (parts: object): ExecInspect => ({ ...check, ProcessConfig: { ...check.ProcessConfig, ...parts } });
    expect(isHealthcheck(changed({ privileged: true }), shell)).toBe(false);
    expect(isHealthcheck(changed({ tty: true }), shell)).toBe(false);
    expect(isHealthcheck(changed({ user: '0' }), shell)).toBe(false);
    expect(isHealthcheck(changed({ user: '1000' }), shell)).toBe(true);
    expect(isHealthcheck({ ...check, OpenStdin: true }, shell)).toBe(false);
  });
});

describe('users (N5)', () => {
  const passwd =
    'root:x:0:0::/:/bin/sh\nadmin:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\nbroken\n7:x:0:0::/:/bin/sh\n' +
    '0:x:1000:1000::/:/bin/sh\nsigned:x:+0:5::/:/bin/sh\nspaced:x: 9:9::/:/bin/sh\nword:x:zz:5::/:/bin/sh\n app:x:0:0::/:/bin/sh\n';

  it.each([
    ['', 0],
    ['0', 0],
    ['00', 0],
    ['+0', 0],
    ['-0', 0],
    ['0:0', 0],
    ['root:1000', 0],
    [':1000', 0],
    ['admin', 0],
    ['app', 1000],
    ['1000', 1000],
    // Measured on 20.10: a number is an id, whatever passwd calls so; what is no number there is 0.
    ['7', 7],
    ['signed', 0],
    ['spaced', 0],
    ['word', 0],
    ['broken', 0],
    ['nobody', null],
  ])('%s is %s', (user, uid) => {
    expect(userId(user, passwd)).toBe(uid);
  });

  it('of a name that cannot be looked up is unknown, but for root', () => {
    expect(userId('admin', null)).toBeNull();
    expect(userId('root', null)).toBe(0);
    expect(isRoot(userId('admin', null))).toBe(false);
  });
});
