import type { ProcessFacts } from '../../../shared/observation.ts';
import { isShell } from '../../engine/facts/exec.ts';
import { baseName } from '../../engine/facts/host-path.ts';

/** Programs that are many: which one is told by what they are invoked as. */
const manyInOne = new Set(['busybox', 'toybox', 'coreutils']);

export const isManyInOne = (executable: string): boolean => manyInOne.has(baseName(executable));

/** By what it was invoked as, or by the file that runs where that is one program only. */
export const isShellProcess = (executable: string, args: readonly string[]): boolean =>
  isShell(args) || (!isManyInOne(executable) && isShell([executable]));

/** The kernel writes them in brackets where a command line is asked for, without arguments and spaces. */
const inBrackets = /^\[[\w./:+#-]+\]$/;
const threads =
  /^(kthreadd|kswapd\d+|khugepaged|kcompactd\d+|ksmd|kdevtmpfs|kauditd|khungtaskd|oom_reaper|(kworker|ksoftirqd|migration|cpuhp|idle_inject|watchdog)\/u?\d\S*|irq\/\d+-\S+|scsi_eh_\d+|jbd2\/\S+|md\d+_raid\d+|rcu_(sched|preempt|bh|gp|par_gp))$/;
/** Whole names, of which comm shows fifteen characters: `dockerd-entrypoint.sh` is none. */
const runtimes = /^(runc(:\[\d:[A-Z]+\])?|containerd(-shim(-runc-v\d)?)?|dockerd|docker-proxy)$/;

/** What has a file is no kernel thread, and a runtime's name on another file is not that runtime (EVA-02, FIL-12). */
export function masqueradeOf(
  said: { readonly comm: string; readonly argv0: string },
  file: { readonly executable: string; readonly layer: string | undefined },
): ProcessFacts['masquerades_as'] {
  const names = [said.comm, said.argv0];
  if (names.some((name) => inBrackets.test(name) || threads.test(name))) return 'kernel-thread';
  const runtime = names.map((name) => runtimes.exec(baseName(name))?.[0] ?? '').find((name) => name !== '');
  if (runtime === undefined || file.layer === 'host') return undefined;
  // Docker in Docker runs them from its image; the host's own enter a container when they begin one.
  const [stem = ''] = runtime.split(/[-:]/);
  return baseName(file.executable).startsWith(stem) ? undefined : 'runtime';
}
