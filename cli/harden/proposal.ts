import type { WorkloadUse } from '../../shared/harden/use.ts';

/** How likely the workload goes on working under what is proposed. */
export type Confidence = 'high' | 'medium' | 'low';

/** One setting: what is proposed and from what, or why nothing is. Texts hold names that an attacker may have chosen: escape where printed. */
export type Proposed<Value> =
  | {
      readonly proposed: true;
      readonly value: Value;
      /** One sentence. */
      readonly evidence: string;
      readonly confidence: Confidence;
      /** What may be otherwise than it looks; one sentence each. */
      readonly doubts: readonly string[];
    }
  | { readonly proposed: false; readonly why: string };

export interface CapabilitySet {
  /** Without `CAP_`, as engines take them; all others are dropped. */
  readonly add: readonly string[];
}

export interface WritablePlaces {
  readonly tmpfs: readonly { readonly path: string; readonly exec: boolean }[];
  /** Directories that need a volume: a tmpfs would hide what the image has there, or lose data. */
  readonly volumes: readonly string[];
}

export interface EgressRules {
  /** Name of the table and the chain, plain letters. */
  readonly name: string;
  /** Addresses of the workload's containers. */
  readonly sources: readonly string[];
  readonly allowed: readonly AllowedDestination[];
  /** What it connected to and is not allowed, and why. */
  readonly left: readonly string[];
  /** Whether look-ups of names are among what is allowed. */
  readonly asksNames: boolean;
}

export interface AllowedDestination {
  readonly ip: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  readonly comment: string;
}

export interface Proposal {
  readonly host: WorkloadUse['host'];
  readonly workload: WorkloadUse['workload'];
  readonly image?: string;
  readonly service?: string;
  /** One sentence each, to be read before anything else. */
  readonly warnings: readonly string[];
  /** How long and how often it was seen; one sentence. */
  readonly seen: string;
  readonly present: Present;
  readonly capabilities: Proposed<CapabilitySet>;
  readonly readOnly: Proposed<WritablePlaces>;
  readonly noNewPrivileges: Proposed<true>;
  readonly user: Proposed<string>;
  readonly internal: Proposed<readonly InternalNetwork[]>;
  readonly pids: Proposed<number>;
  /** Bytes. */
  readonly memory: Proposed<number>;
  readonly egress: Proposed<EgressRules>;
}

/** What of the present configuration has to go, whatever is proposed beside it. */
export interface Present {
  readonly privileged: boolean;
  readonly capabilitiesAdded: boolean;
  /** Its own file says so already, and Compose refuses a file that says it twice. */
  readonly noNewPrivileges: boolean;
}

export interface InternalNetwork {
  /** The engine's name. */
  readonly name: string;
  /** Its key in the compose file; absent where that cannot be told from the name. */
  readonly key?: string;
}
