import { describe, expect, it } from 'vitest';
import { configurationChange } from '../../../../../collector/engine/facts/diff.ts';
import type { ContainerFacts, LimitFacts } from '../../../../../shared/observation.ts';
import { factsOf } from '../../../../support/inspect.ts';

const MiB = 2 ** 20;
const container = (limits: Partial<LimitFacts>, restart_policy = 'no'): ContainerFacts => ({
  ...factsOf({ Id: 'c' }),
  limits: { memory: 0, memory_swap: 0, nano_cpus: 0, cpu_quota: 0, pids: 0, ...limits },
  restart_policy,
});

describe('what an update changed (API-09)', () => {
  it('is told in one sentence, what got wider by name (R19)', () => {
    const before = container({ memory: 32 * MiB, memory_swap: 64 * MiB, pids: 100 });
    const after = container({ memory: 512 * MiB, memory_swap: 512 * MiB, pids: -1 }, 'always');
    expect(configurationChange(before, after)).toEqual({
      raised: ['memory', 'memory_swap', 'pids', 'restart_policy'],
      text: 'memory 32 MiB → 512 MiB, memory swap 64 MiB → 512 MiB, pids 100 → unlimited, restart policy no → always',
    });
  });

  it('is not wider when it is less', () => {
    const change = configurationChange(container({ memory: 64 * MiB }, 'always'), container({ memory: 32 * MiB }));
    expect(change).toEqual({ raised: [], text: 'memory 64 MiB → 32 MiB, restart policy always → no' });
    expect(configurationChange(container({}), container({ pids: 10 }))?.raised).toEqual([]);
  });

  it('is nothing when "no limit" is only spelled otherwise', () => {
    expect(configurationChange(container({ pids: 0 }), container({ pids: -1 }))).toBeUndefined();
  });

  it('sees a share of CPU in either form', () => {
    expect(configurationChange(container({ nano_cpus: 5e8 }), container({ cpu_quota: 100_000 }))).toEqual({
      raised: ['cpus'],
      text: 'cpus 0.5 → 1',
    });
    expect(configurationChange(container({ nano_cpus: 5e8 }), container({}))?.raised).toEqual(['cpus']);
  });

  it.each(['on-failure', 'unless-stopped', 'always'])('restart policy no → %s is wider', (policy) => {
    expect(configurationChange(container({}), container({}, policy))?.raised).toEqual(['restart_policy']);
  });
});
