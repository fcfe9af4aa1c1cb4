/** /proc/PID/stat, as far as it is read (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Device number of the controlling terminal; 0: none. */
  readonly terminal: number;
  /** Clock ticks from boot to its start. */
  readonly start: string;
  /** Where its code and its stack lie: every exec places them anew. The same zeros for all where the reader has no right to look. */
  readonly image: string;
}

/** USER_HZ of every architecture that containers run on. */
export const ticksPerSecond = 100;

/** undefined: not a line of stat. comm is whatever the process says it is, brackets and spaces too: it ends at the last bracket. */
export function parseStat(text: string): ProcessStat | undefined {
  const from = text.indexOf('(');
  const to = text.lastIndexOf(')');
  if (from < 0 || to < from) return undefined;
  const fields = text.slice(to + 2).split(' ');
  const [state = '', parent, , session, terminal] = fields;
  // Field numbers of the manual page begin at 1 with the pid, these at 0 with the state.
  const start = fields[22 - 3];
  if (start === undefined || parent === undefined) return undefined;
  return {
    pid: Number(text.slice(0, from)),
    comm: text.slice(from + 1, to),
    state,
    parent: Number(parent),
    session: Number(session),
    terminal: Number(terminal),
    start,
    image: fields.slice(26 - 3, 29 - 3).join(' '),
  };
}

/** A process whose memory is gone already has nothing to tell: zombies, and those about to be. */
export const isGone = ({ state }: ProcessStat): boolean => state === 'Z' || state === 'X' || state === 'x';
