import type { Observation } from '../../../shared/observation.ts';

/** Of a service of the stack. */
export const labels = (service: string): string =>
  `--label com.docker.compose.project=shop --label com.docker.compose.service=${service}`;

/** Too much of something, and what is said of it. */
export interface Excess {
  readonly feature: string;
  readonly summary: RegExp;
  /** Done again and again until it is told; absent: it goes on by itself. */
  readonly script?: string;
}

/** Observations that are needed, by what they are for people. */
export type Needs = Readonly<Record<string, (observation: Observation) => boolean>>;

export const isReadingOf = ({ kind, container }: Observation, name: string): boolean =>
  kind === 'resources' && container?.name === name;

/** On cgroup v1 a kernel of these years counts what goes to a disk only from the first limit of that disk on, whoever is limited, and however little. */
export const countDisks = `if [ -d /sys/fs/cgroup/blkio ]; then
  disk=$(lsblk -slnpo NAME,TYPE "$(df --output=source "$S" | tail -n 1)" | awk '$2 == "disk" { print $1; exit }')
  docker run --rm $N --device-write-bps "$disk:1tb" $B true
fi`;
