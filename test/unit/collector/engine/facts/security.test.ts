import { describe, expect, it } from 'vitest';
import { securityFacts } from '../../../../../collector/engine/facts/security.ts';
import { containerWith, recorded } from '../../../../support/inspect.ts';

const withOptions = (...SecurityOpt: string[]) => securityFacts(containerWith({ SecurityOpt }), {});
const profile = (parts: object) => withOptions(`seccomp=${JSON.stringify(parts)}`).seccomp;
const gates = ['mount', 'unshare', 'setns', 'bpf', 'keyctl'];
const denial = { names: gates, action: 'SCMP_ACT_ERRNO' };

describe('security options (N4)', () => {
  it('are read in both spellings, the last one counts', () => {
    expect(withOptions('seccomp:unconfined').seccomp).toBe('unconfined');
    expect(withOptions('seccomp=unconfined').seccomp).toBe('unconfined');
    expect(withOptions('seccomp=unconfined', 'seccomp=builtin').seccomp).toBe('default');
    expect(withOptions().seccomp).toBe('default');
  });

  it.each([
    ['no-new-privileges', true],
    ['no-new-privileges:true', true],
    ['no-new-privileges=1', true],
    ['no-new-privileges=false', false],
    ['label=disable', false],
  ])('%s gives no new privileges: %s', (option, expected) => {
    expect(withOptions(option).no_new_privileges).toBe(expected);
  });

  it('of a recorded unconfined container (R12)', () => {
    expect(securityFacts(recorded('unconfined').container, {})).toEqual({
      seccomp: 'unconfined',
      apparmor: 'none',
      selinux: 'default',
      no_new_privileges: false,
      masked_paths_removed: true,
    });
  });

  it('that the engine added itself are nobody’s choice', () => {
    const privileged = securityFacts(recorded('privileged').container, {});
    expect(privileged).toMatchObject({ seccomp: 'privileged', selinux: 'implied', masked_paths_removed: false });
    expect(securityFacts(recorded('host-pid').container, {}).selinux).toBe('implied');
    expect(withOptions('label:disable').selinux).toBe('disabled');
    expect(withOptions('label=type:spc_t').selinux).toBe('spc');
    expect(withOptions('label=level:s0:c1').selinux).toBe('custom');
  });

  it('know AppArmor only where the host has it', () => {
    const info = { SecurityOptions: ['name=apparmor', 'name=seccomp,profile=default'] };
    const apparmor = (profileName: string, ...SecurityOpt: string[]) =>
      securityFacts(containerWith({ SecurityOpt }, { AppArmorProfile: profileName }), info).apparmor;
    expect(apparmor('docker-default')).toBe('default');
    expect(apparmor('unconfined', 'apparmor=unconfined')).toBe('unconfined');
    expect(apparmor('mine', 'apparmor:mine')).toBe('custom');
    expect(withOptions('apparmor=unconfined').apparmor).toBe('none');
  });
});

describe('seccomp profiles', () => {
  it('that allow what they do not name are permissive unless all gates are shut', () => {
    expect(profile({ defaultAction: 'SCMP_ACT_ALLOW' })).toBe('permissive');
    expect(profile({ defaultAction: 'SCMP_ACT_LOG', syscalls: [{ names: ['mount'], action: 'SCMP_ACT_ERRNO' }] })).toBe(
      'permissive',
    );
    expect(profile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [denial] })).toBe('custom');
    expect(profile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] })).toBe('custom');
  });

  it('that deny only on a condition leave the gate open', () => {
    const args = [{ index: 0, value: 12_345, op: 'SCMP_CMP_EQ' }];
    expect(profile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ ...denial, args }] })).toBe('permissive');
    const excludes = { caps: ['CAP_SYS_CHROOT'] };
    expect(profile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ ...denial, excludes }] })).toBe('permissive');
    const empty = { args: [], includes: {}, excludes: {} };
    expect(profile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ ...denial, ...empty }] })).toBe('custom');
  });

  it('that cannot be read are somebody’s own', () => {
    expect(withOptions('seccomp=/etc/docker/seccomp.json').seccomp).toBe('custom');
  });
});

describe('masked and read-only paths', () => {
  const removed = (host: object) => securityFacts(containerWith(host), {}).masked_paths_removed;
  const MaskedPaths = ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware', '/proc/of-next-year'];

  it('are removed when one of the classic ones is missing', () => {
    expect(removed({ MaskedPaths })).toBe(false);
    expect(removed({ MaskedPaths: MaskedPaths.slice(1) })).toBe(true);
    expect(removed({ MaskedPaths, ReadonlyPaths: [] })).toBe(true);
    expect(removed({ MaskedPaths: ['/nowhere'] })).toBe(true);
    expect(removed({ MaskedPaths: null })).toBe(false);
  });
});
