/** A plugin of the engine, as it answers right after an event of it. Absent where it could not be asked. */
export interface PluginFacts {
  readonly id: string;
  /** `vieux/sshfs:latest` */
  readonly name: string;
  readonly enabled: boolean;
  /**
   * DMN-05: what it gets that reaches the host: `capabilities`, `all-devices`, `devices`, `host-mounts`, `host-network`, `host-pid`, `host-ipc`.
   * A plugin runs as root on the host, whoever uses it.
   */
  readonly privileges: readonly string[];
  readonly capabilities: readonly string[];
  /** Host paths of its bind mounts. */
  readonly mounts: readonly string[];
  readonly devices: readonly string[];
  /** `host` | `bridge` | `none` | '' */
  readonly network: string;
}
