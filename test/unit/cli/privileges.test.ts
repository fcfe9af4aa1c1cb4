import { describe, expect, test } from 'vitest';
import { findAccount } from '../../../cli/processes/account.ts';
import { createBackoff } from '../../../cli/processes/backoff.ts';
import { type Credentials, dropPrivileges, planPrivileges } from '../../../cli/processes/privileges.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\nwatch:x:990:991::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n';
const nobody = { name: 'nobody', uid: 65_534, gid: 65_534 };

/** Credentials as the kernel keeps them: only root may change them; `leaky` keeps a saved root to go back to. */
function kernel(options: { leaky?: boolean } = {}) {
  const calls: string[] = [];
  const state = { uid: 0, dropped: false };
  const only = (call: string, change: () => void): void => {
    calls.push(call);
    if (state.uid !== 0 && options.leaky !== true) throw new Error('EPERM');
    change();
  };
  const credentials: Credentials = {
    setgroups: (groups) => only(`setgroups(${groups.join()})`, () => undefined),
    setgid: (gid) => only(`setgid(${gid})`, () => undefined),
    setuid: (uid) =>
      only(`setuid(${uid})`, () => {
        state.uid = uid;
      }),
    getuid: () => state.uid,
    geteuid: () => state.uid,
  };
  return { calls, credentials };
}

test('accounts are found by name or number', () => {
  expect(findAccount('watch', passwd)).toEqual({ name: 'watch', uid: 990, gid: 991 });
  expect(findAccount('65534', passwd)).toEqual(nobody);
  expect(findAccount('12345', passwd)).toEqual({ name: '12345', uid: 12_345, gid: 12_345 });
  expect(findAccount('nob', passwd)).toBeUndefined();
});

describe('plan', () => {
  test('root is given up for the configured account', () => {
    expect(planPrivileges({ root: true, user: 'nobody', passwd })).toEqual({ kind: 'drop', account: nobody });
  });
  test('without root, or with root as the account, the separation is absent and that has a reason', () => {
    expect(planPrivileges({ root: false, user: 'nobody', passwd })).toMatchObject({ kind: 'keep' });
    expect(planPrivileges({ root: true, user: 'root', passwd })).toMatchObject({ kind: 'keep' });
  });
  test('an unknown account is a mistake in the configuration', () => {
    expect(() => planPrivileges({ root: true, user: 'nobdy', passwd })).toThrow(/no user "nobdy"/);
  });
});

describe('drop', () => {
  test('groups go first, then the group, then the user, and root is tried and refused', () => {
    const { calls, credentials } = kernel();
    dropPrivileges(nobody, credentials);
    expect(calls).toEqual(['setgroups()', 'setgid(65534)', 'setuid(65534)', 'setuid(0)', 'setgid(0)']);
  });
  test('a root that can be taken back is an error', () => {
    expect(() => dropPrivileges(nobody, kernel({ leaky: true }).credentials)).toThrow(/could be taken back/);
  });
  test('a change without effect is an error', () => {
    const { credentials } = kernel();
    expect(() => dropPrivileges(nobody, { ...credentials, setuid: () => undefined })).toThrow(/no effect/);
  });
});

test('restarts wait longer each time, up to a bound, and from the start after a healthy run', () => {
  const backoff = createBackoff({ firstMs: 250, maxMs: 2_000, healthyMs: 60_000 });
  expect([10, 10, 10, 10, 10].map((ran) => backoff.next(ran))).toEqual([250, 500, 1_000, 2_000, 2_000]);
  expect(backoff.next(60_000)).toBe(250);
});
