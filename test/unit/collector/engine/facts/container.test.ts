import { describe, expect, it } from 'vitest';
import { containerFacts, summarize } from '../../../../../collector/engine/facts/container.ts';
import { factsOf, noAnswers, recorded } from '../../../../support/inspect.ts';

describe('container facts of recorded bodies', () => {
  it('say what was asked for', () => {
    const facts = factsOf(recorded('plain').container);
    expect(facts).toMatchObject({
      name: 'lab-plain',
      project: 'shop',
      service: 'web',
      number: '2',
      user: '',
      user_uid: 0,
      runs_as_root: true,
      privileged: false,
      working_dir: '/tmp',
      command: ['sleep', '3600'],
      env_keys: ['API_KEY'],
      restart_policy: 'on-failure',
      healthcheck: ['CMD-SHELL', 'true'],
      limits: { memory: 32 * 2 ** 20, memory_swap: 64 * 2 ** 20, nano_cpus: 5e8, cpu_quota: 0, pids: 100 },
      image: { name: 'lab/bb:1', registry: 'docker.io', repository: 'docker.io/lab/bb', tag: '1' },
      seccomp: 'default',
      masked_paths_removed: false,
    });
    expect(JSON.stringify(facts)).not.toContain('abc');
    expect(facts.label_keys).toContain('com.docker.compose.project');
  });

  it('of R01, R02, R11, R15 and R16', () => {
    expect(factsOf(recorded('privileged').container)).toMatchObject({ privileged: true, seccomp: 'privileged' });
    expect(factsOf(recorded('sys-admin').container).caps?.added).toEqual(['CAP_SYS_ADMIN']);
    expect(factsOf(recorded('host-pid').container).namespaces?.pid).toBe('host');
    expect(factsOf(recorded('device-rule').container)).toMatchObject({
      device_cgroup_rules: ['b *:* rwm'],
      device_cgroup_dangerous: true,
    });
    expect(factsOf(recorded('host-namespaces').container).namespaces).toMatchObject({
      net: 'host',
      ipc: 'host',
      uts: 'host',
    });
  });

  it('know whose user it is from the container’s own passwd', () => {
    const { container } = recorded('non-root');
    const named = { ...container, Config: { ...container.Config, User: 'app:staff' } };
    const passwd = 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n';
    expect(containerFacts(named, { ...noAnswers, passwd })).toMatchObject({ user_uid: 1000, runs_as_root: false });
    expect(containerFacts(named, noAnswers)).toMatchObject({ user_uid: null, runs_as_root: false });
    expect(factsOf(container)).toMatchObject({ user: '1000', user_uid: 1000 });
  });

  it('tell a quota of a shorter period as the share that it is', () => {
    const { container } = recorded('plain');
    const host = { ...container.HostConfig, NanoCpus: 0, CpuQuota: 10_000, CpuPeriod: 10_000 };
    expect(factsOf({ ...container, HostConfig: host }).limits?.cpu_quota).toBe(100_000);
  });

  it('need nothing but an id', () => {
    const facts = factsOf({ Id: 'bare' });
    expect(facts).toMatchObject({ id: 'bare', name: '', restart_policy: 'no', runs_as_root: true });
  });

  it('are the same for the same body', () => {
    expect(factsOf(recorded('plain').container)).toEqual(factsOf(recorded('plain').container));
  });
});

describe('the summary', () => {
  it('says who it is and no more', () => {
    const summary = summarize(factsOf(recorded('plain').container));
    expect(summary).toMatchObject({ name: 'lab-plain', project: 'shop', user_uid: 0, privileged: false });
    expect(summary.caps).toBeUndefined();
    expect(summary.command).toBeUndefined();
    expect(JSON.stringify(summary).length).toBeLessThan(800);
  });
});
