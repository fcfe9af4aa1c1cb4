/** API-10, on `mass_stop` (sensor `stops`): containers that were made to end together and did not come back. */
export interface StopFacts {
  readonly count: number;
  /** Those that are not of the project that most of them claim; standing alone they all are. */
  readonly outside: number;
  readonly projects: number;
  /** At most 20, oldest first. */
  readonly names: readonly string[];
}
