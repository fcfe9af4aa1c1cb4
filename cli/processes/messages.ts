import type { Config } from '../../shared/config/schema.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import type { LogOptions } from '../context.ts';
import type { RuleAdvice } from '../render.ts';
import type { PrivilegePlan } from './privileges.ts';

/** What the collector sends to the monitor it forked. All of it is plain data: it crosses as JSON. */
export type ToMonitor =
  | { readonly type: 'start'; readonly order: MonitorOrder }
  /** These topics got new records. */
  | { readonly type: 'wake'; readonly topics: readonly string[] }
  | { readonly type: 'stop' };

/** What the monitor sends back. */
export type FromMonitor =
  /** The process is there and reads orders. */
  | { readonly type: 'listening' }
  | { readonly type: 'ready'; readonly report: MonitorReport }
  | { readonly type: 'wake'; readonly topics: readonly string[] }
  /** What rules that were taken into use say to a person. */
  | { readonly type: 'advice'; readonly advice: MonitorReport['advice'] }
  /** It cannot start, and starting it again would not help. */
  | { readonly type: 'failed'; readonly message: string; readonly fix: string; readonly code: number };

export interface MonitorOrder {
  readonly config: Config;
  readonly files: StateFiles;
  readonly privileges: PrivilegePlan;
  readonly log: LogOptions;
}

export interface MonitorReport {
  readonly url: string;
  readonly tokenFile: string;
  readonly user: string;
  readonly rules: number;
  readonly rejectedRules: number;
  readonly advice: readonly (readonly [string, RuleAdvice])[];
}
