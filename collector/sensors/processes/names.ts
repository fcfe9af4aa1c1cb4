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
  /^(kthreadd|kswapd\d*|khugepaged|kcompactd\d*|ksmd|kdevtmpfs|kauditd|khungtaskd|oom_reaper|(kworker|ksoftirqd|migration|cpuhp|idle_inject|watchdog|irq|scsi_eh|jbd2|md\d*_raid)[/_:]\S*|rcu_(sched|preempt|bh|gp|par_gp)\S*)$/;
const runtimes = ['runc', 'containerd', 'dockerd', 'docker-proxy'];

/** What has a file is no kernel thread, and a runtime's name on another file is not that runtime (EVA-02, FIL-12). */
export function masqueradeOf(
  said: { readonly comm: string; readonly argv0: string },
  file: { readonly executable: string; readonly layer: string | undefined },
): ProcessFacts['masquerades_as'] {
  const names = [said.comm, said.argv0];
  if (names.some((name) => inBrackets.test(name) || threads.test(name))) return 'kernel-thread';
  const own = baseName(file.executable);
  const runtime = runtimes.find((name) => names.some((text) => isNamed(text, name)));
  // Docker in Docker runs them from its image; the host's own enter a container when they begin one.
  return runtime !== undefined && file.layer !== 'host' && !own.startsWith(runtime) ? 'runtime' : undefined;
}

/** `runc:[2:INIT]`, `containerd-shim`, `/usr/bin/dockerd -H`: not `runcommand`. */
const isNamed = (text: string, name: string): boolean => {
  const base = baseName(text);
  return base.startsWith(name) && !/^\w/.test(base.slice(name.length));
};
