import { describe, expect, it } from 'vitest';
import { capabilityFacts } from '../../../../../collector/engine/facts/capabilities.ts';

describe('capabilities (N3)', () => {
  it('are the engine’s fourteen when nothing is asked for', () => {
    const { effective, added, near_privileged } = capabilityFacts({});
    expect(effective).toHaveLength(14);
    expect(effective).toContain('CAP_NET_RAW');
    expect(added).toEqual([]);
    expect(near_privileged).toBe(false);
  });

  it('are told in one spelling', () => {
    expect(capabilityFacts({ CapAdd: ['sys_admin', 'CAP_SYS_ADMIN'] }).added).toEqual(['CAP_SYS_ADMIN']);
  });

  // CapEff measured on the lab engine: what is added comes after what is dropped.
  it('keep what is both added and dropped', () => {
    const { effective } = capabilityFacts({ CapAdd: ['CAP_SYS_PTRACE'], CapDrop: ['CAP_SYS_PTRACE'] });
    expect(effective).toContain('CAP_SYS_PTRACE');
    expect(effective).toHaveLength(15);
  });

  it('are exactly what is added when all are dropped', () => {
    expect(capabilityFacts({ CapAdd: ['CAP_SYS_PTRACE'], CapDrop: ['ALL'] }).effective).toEqual(['CAP_SYS_PTRACE']);
    expect(capabilityFacts({ CapDrop: ['ALL'] }).effective).toEqual([]);
  });

  it('are all when ALL is added, also when ALL is dropped, but for those dropped by name', () => {
    expect(capabilityFacts({ CapAdd: ['ALL'], CapDrop: ['ALL'] }).effective).toHaveLength(41);
    const { effective, added } = capabilityFacts({ CapAdd: ['ALL'], CapDrop: ['CAP_SYS_ADMIN'] });
    expect(effective).toHaveLength(40);
    expect(effective).not.toContain('CAP_SYS_ADMIN');
    expect(added).toHaveLength(41);
  });

  it('are near privileged with nearly all or with three of the dangerous, never when privileged anyway', () => {
    expect(capabilityFacts({ CapAdd: ['ALL'], CapDrop: ['SYS_ADMIN', 'SYS_MODULE'] }).near_privileged).toBe(true);
    expect(capabilityFacts({ CapAdd: ['SYS_PTRACE', 'NET_ADMIN', 'SYS_TIME'] }).near_privileged).toBe(true);
    expect(capabilityFacts({ CapAdd: ['SYS_PTRACE', 'NET_ADMIN'] }).near_privileged).toBe(false);
    const privileged = capabilityFacts({ Privileged: true, CapDrop: ['ALL'] });
    expect(privileged.effective).toHaveLength(41);
    expect(privileged.near_privileged).toBe(false);
  });
});
