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
