/**
 * The engine and what it rests on (sensor `daemon`). A look at the host is one snapshot: the observation of object `daemon` has the engine's own
 * facts, further ones speak of one `listener`, `component` or `file` each, as far as there is something to say of it. What changed is told by
 * observations of their own, without a snapshot: `file_changed`, `group_changed`, `reload`.
 */
export interface DaemonFacts {
  /** As the engine says it, with a distribution's suffix: `20.10.24+dfsg1`. */
  readonly version?: string;
  readonly api?: string;
  /** Who built it, as /version says: `Docker Engine - Community`; empty in most distributions' builds. */
  readonly platform?: string;
  /** Names in /info SecurityOptions: `seccomp`, `apparmor`, `selinux`, `userns`, `rootless`, `cgroupns`, `no-new-privileges`. */
  readonly security_options?: readonly string[];
  /** Registries asked without TLS or without a check of it, beyond this host's own (127.0.0.0/8, ::1). */
  readonly insecure_registries?: readonly string[];
  readonly registry_mirrors?: readonly string[];
  readonly authorization_plugins?: readonly string[];
  readonly experimental?: boolean;
  readonly live_restore?: boolean;
  readonly default_runtime?: string;
  /** Names of the runtimes it can start. */
  readonly runtimes?: readonly string[];
  readonly cgroup_version?: string;
  /** DMN-01: what of it is weaker than it could be. */
  readonly weaknesses?: readonly Weakness[];
  readonly listener?: ListenerFacts;
  readonly component?: ComponentFacts;
  readonly file?: DaemonFileFacts;
  readonly group?: GroupFacts;
  readonly reload?: ReloadFacts;
}

export type Weakness =
  | 'no-seccomp'
  | 'insecure-registries'
  | 'no-lsm'
  | 'no-user-namespaces'
  | 'experimental'
  | 'no-live-restore';

/** API-03: a TCP address of the engine's API that it warns of itself (catalogue L19). */
export interface ListenerFacts {
  readonly url: string;
  /** `none` (http), `unverified` (TLS that asks no certificate of the client). */
  readonly protection: 'none' | 'unverified';
  /** Reached from this host alone. */
  readonly loopback: boolean;
}

/** DMN-03: a program of the engine and the vulnerabilities it has (collector/sensors/daemon/cve-table.ts). */
export interface ComponentFacts {
  readonly name: 'engine' | 'containerd' | 'runc';
  readonly version: string;
  readonly commit?: string;
  /** Worst severity of those it has for certain; absent when there is none. */
  readonly severity?: CveSeverity;
  /** Ids of those it has for certain. */
  readonly vulnerable: readonly string[];
  /** Ids of those that its version has and its builder may have mended without a new version. */
  readonly unsure: readonly string[];
  readonly cves: readonly CveFacts[];
  /** How it was decided, in words. */
  readonly decided: string;
}

export type CveSeverity = 'low' | 'medium' | 'high' | 'critical';

export interface CveFacts {
  readonly id: string;
  readonly severity: CveSeverity;
  readonly state: 'vulnerable' | 'unsure';
  /** Versions with the fix, one for each line that got it. */
  readonly fixed_in: readonly string[];
}

export interface DaemonFileFacts {
  /** On the host, links followed. */
  readonly path: string;
  readonly kind: 'socket' | 'program' | 'configuration' | 'unit';
  /** Octal: `0660`. */
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Name of the group, where the host's /etc/group has one. */
  readonly group?: string;
  /** DMN-02: what is wrong with who may write to it. */
  readonly problems?: readonly ('world-writable' | 'group-writable' | 'not-roots' | 'group')[];
  /** DMN-07, on `file_changed`. */
  readonly change?: 'content' | 'created' | 'deleted';
  /** SHA-256 in hex; absent when it is gone, or too large to be read. */
  readonly hash?: string;
  readonly hash_before?: string;
  /** It is what the list of its package (dpkg) says: an upgrade, unless that list was changed as well. */
  readonly packaged?: boolean;
}

/** DMN-08, on `group_changed`. */
export interface GroupFacts {
  readonly name: string;
  readonly members: readonly string[];
  /** Absent when there are none. */
  readonly gained?: readonly string[];
  readonly lost?: readonly string[];
}

/** DMN-06, on `reload`: what differs from what held before. */
export interface ReloadFacts {
  /** Names of the settings, as the engine's event calls them: `insecure-registries`, `default-runtime`, … Absent when nothing does. */
  readonly diff?: readonly string[];
  /** For people: `debug false → true`. */
  readonly text?: string;
}
