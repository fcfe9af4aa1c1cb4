import type { Observation } from '../../../shared/observation.ts';
import { taxonomy } from '../taxonomy.ts';

/** The shape of an observation with its values left out; a list stands for its elements. */
type Names<T> = T extends readonly (infer E)[]
  ? Names<E>
  : T extends object
    ? string extends keyof T
      ? typeof anyKey
      : { readonly [K in keyof T]-?: Names<NonNullable<T[K]>> }
    : typeof value;

const value = 'value';
const anyKey = 'any key';

/** Members of an observation. The compiler compares it with the type: neither can have a name that the other has not. */
const names: Names<Observation> = {
  id: value,
  kind: value,
  at: value,
  event: {
    source: value,
    action: value,
    outcome: value,
    time_nano: value,
    distrusted: value,
    traceparent: value,
  },
  host: {
    id: value,
    name: value,
  },
  workload: {
    id: value,
    name: value,
  },
  container: {
    id: value,
    name: value,
    image: {
      name: value,
      id: value,
      registry: value,
      repository: value,
      tag: value,
      digests: value,
      working_dir: value,
      on_build: value,
      env_keys: value,
    },
    project: value,
    service: value,
    number: value,
    user: value,
    user_uid: value,
    runs_as_root: value,
    privileged: value,
    state: value,
    age_s: value,
    created_at: value,
    started_at: value,
    command: value,
    command_line: value,
    working_dir: value,
    env_keys: value,
    env_dangerous: value,
    label_keys: value,
    runtime: value,
    caps: {
      added: value,
      dropped: value,
      effective: value,
      near_privileged: value,
    },
    seccomp: value,
    apparmor: value,
    selinux: value,
    no_new_privileges: value,
    masked_paths_removed: value,
    namespaces: {
      pid: value,
      net: value,
      ipc: value,
      uts: value,
      user: value,
      cgroup: value,
    },
    userns_opted_out: value,
    cgroup_version: value,
    readonly_rootfs: value,
    device_classes: value,
    device_cgroup_rules: value,
    device_cgroup_dangerous: value,
    device_requests: {
      driver: value,
      capabilities: value,
    },
    mounts_severity: value,
    sysctls: value,
    cgroup_parent: value,
    restart_policy: value,
    auto_remove: value,
    networks: {
      name: value,
      id: value,
      internal: value,
    },
    limits: {
      memory: value,
      memory_swap: value,
      nano_cpus: value,
      cpu_quota: value,
      pids: value,
      oom_kill_disabled: value,
      oom_score_adj: value,
      core_unlimited: value,
    },
    log: {
      driver: value,
      address: value,
      foreign: value,
    },
    tmpfs: value,
    extra_hosts: value,
    healthcheck: value,
    config_hash: value,
  },
  snapshot: {
    id: value,
    object: value,
    objects: value,
    hash: value,
  },
  mount: {
    type: value,
    source: value,
    source_real: value,
    resolved: value,
    destination: value,
    rw: value,
    propagation: value,
    volume: value,
    driver: value,
    is_runtime_socket: value,
    socket_alias: value,
    socket: value,
    covers_socket: value,
    is_socket: value,
    is_file: value,
    engine_data: value,
    monitor_data: value,
    severity: value,
    hidden_source: value,
    hidden_severity: value,
    fstype: value,
    inherited_from: value,
  },
  mount_row: {
    destination: value,
    fstype: value,
    source: value,
    root: value,
    device: value,
    rw: value,
    propagation: value,
    when: value,
    declared: value,
    host_disk: value,
    rebind: value,
    untold: value,
  },
  device: {
    path: value,
    path_in_container: value,
    permissions: value,
    type: value,
    major: value,
    minor: value,
    resolved: value,
    class: value,
  },
  port: {
    container_port: value,
    protocol: value,
    host_ip: value,
    host_port: value,
  },
  namespace_join: {
    type: value,
    target: {
      id: value,
      name: value,
      image: value,
      project: value,
    },
    target_more_privileged: value,
    other_project: value,
  },
  change: {
    raised: value,
    text: value,
  },
  exec: {
    id: value,
    args: value,
    command: value,
    resolved: value,
    user: value,
    uid: value,
    privileged: value,
    tty: value,
    open_stdin: value,
    pid: value,
    exit_code: value,
    is_healthcheck: value,
    is_shell: value,
  },
  process: {
    pid: value,
    vpid: value,
    start: value,
    executable: value,
    name: value,
    comm: value,
    argv0: value,
    args: value,
    command_line: value,
    args_truncated: value,
    working_directory: value,
    working_directory_outside: value,
    root_place: value,
    user: {
      id: value,
      name: value,
    },
    real_user: {
      id: value,
    },
    capabilities: {
      effective: value,
      permitted: value,
      beyond: value,
    },
    seccomp: value,
    seccomp_missing: value,
    no_new_privileges: value,
    no_new_privileges_missing: value,
    lsm_label: value,
    lsm_missing: value,
    ns_host: value,
    ns_undeclared: value,
    ns_foreign: value,
    exe: {
      layer: value,
      age_s: value,
      dev_ino: value,
      deleted: value,
    },
    script: {
      path: value,
      layer: value,
      age_s: value,
    },
    libraries_foreign: value,
    stdio: {
      in: value,
      out: value,
      err: value,
      socket: {
        via: value,
        ip: value,
        port: value,
        scope: value,
      },
    },
    tty: value,
    parent: {
      pid: value,
      executable: value,
      command_line: value,
    },
    ancestors: value,
    origin: value,
    container_age_s: value,
    env_dangerous: value,
    env_injected: value,
    is_shell: value,
    masquerades_as: value,
  },
  network: {
    direction: value,
    transport: value,
    state: value,
    socket_inode: value,
    name: value,
    id: value,
    internal: value,
  },
  source: {
    ip: value,
    port: value,
    domain: value,
    scope: value,
    container_id: value,
  },
  destination: {
    ip: value,
    port: value,
    domain: value,
    scope: value,
    container_id: value,
  },
  docker: {
    type: value,
    id: value,
    name: value,
    scope: value,
    attributes: anyKey,
    rename: {
      from: value,
      to: value,
      resembles: value,
    },
  },
  resources: {
    cpu_pct_of_quota: value,
    memory_bytes: value,
    memory_pct: value,
    pids: value,
    network_rx_bytes: value,
    network_tx_bytes: value,
    block_read_bytes: value,
    block_write_bytes: value,
  },
  gap: {
    from: value,
    to: value,
    reason: value,
    scope: value,
    lost: value,
    text: value,
  },
  heartbeat: {
    sequence: value,
    sensors: anyKey,
    stopping: value,
  },
};

type Branch = { readonly [name: string]: Branch | typeof value | typeof anyKey };

/** Every name that a field of an observation has, ours and the Sigma taxonomy's. */
export const fieldNames = (): readonly string[] => [...pathsIn(names, ''), ...taxonomy.keys()];

export function isFieldName(name: string): boolean {
  let at: Branch[string] | undefined = names;
  for (const part of name.split('.')) {
    if (at === anyKey) return true;
    at = typeof at === 'object' && Object.hasOwn(at, part) ? at[part] : undefined;
  }
  return at !== undefined || taxonomy.has(name);
}

const pathsIn = (branch: Branch, before: string): readonly string[] =>
  Object.entries(branch).flatMap(([name, below]) => [
    `${before}${name}`,
    ...(typeof below === 'object' ? pathsIn(below, `${before}${name}.`) : []),
  ]);
