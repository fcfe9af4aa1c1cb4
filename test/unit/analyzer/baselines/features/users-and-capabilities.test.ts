import { describe, expect, it } from 'vitest';
import { usersAndCapabilities } from '../../../../../analyzer/baselines/features/users-and-capabilities.ts';
import type { ProcessFacts } from '../../../../../shared/observation.ts';
import { processSeen } from '../../../../support/analyzer/procfs-observations.ts';

const texts = (process: ProcessFacts, action = 'start') =>
  usersAndCapabilities.learns(processSeen('c1', 1, process, { action }), {}).map(({ text }) => text);
const rights = (...effective: string[]): Pick<ProcessFacts, 'capabilities'> => ({
  capabilities: { effective, permitted: effective, beyond: [] },
});

describe('users and capabilities', () => {
  it('are one item for the user and one for each capability beyond those that the engine gives', () => {
    expect(texts({ user: { id: 33 }, ...rights('CAP_NET_ADMIN', 'CAP_CHOWN', 'CAP_SYS_TIME') })).toEqual([
      'as user 33',
      'with CAP_NET_ADMIN',
      'with CAP_SYS_TIME',
    ]);
  });

  it('are the same whatever program has them, and learned of changes too', () => {
    const of = (executable: string, action: string) =>
      usersAndCapabilities.learns(processSeen('c1', 1, { executable, user: { id: 0 } }, { action }), {})[0]?.key;
    expect(of('/bin/a', 'start')).toBe(of('/bin/b', 'change'));
    expect(texts({ user: { id: 0 } })).toEqual(['as user 0 (root)']);
  });

  it('name a user by its name where that is known; the number is what counts', () => {
    const [named, plain] = [{ id: 33, name: 'www-data' }, { id: 33 }].map(
      (user) => usersAndCapabilities.learns(processSeen('c1', 1, { user }), {})[0],
    );
    expect(named?.text).toBe('as user 33 (www-data)');
    expect(named?.key).toBe(plain?.key);
  });

  it('are one item where a process has nearly all of them, whatever their order', () => {
    const many = Array.from({ length: 20 }, (_, index) => `CAP_MADE_UP_${index + 10}`);
    expect(texts(rights(...many))).toEqual(['with 20 capabilities']);
    const [one, other] = [many, [...many].reverse()].map(
      (names) => usersAndCapabilities.learns(processSeen('c1', 1, rights(...names)), {})[0]?.key,
    );
    expect(one).toBe(other);
  });

  it('leave out what a process has in a user namespace of its own', () => {
    expect(texts({ user: { id: 33 }, ns_foreign: ['user'], ...rights('CAP_SYS_ADMIN') })).toEqual(['as user 33']);
  });

  it('leave out what could not be looked at', () => {
    expect(texts({ executable: '/bin/a' })).toEqual([]);
  });
});
