import { exitCode, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Finding } from '../../shared/finding.ts';
import { scopeProblem } from '../../shared/suppression.ts';
import { type SuppressionScope, scopeSchema } from '../../shared/suppression-scope.ts';
import { checkLength, oneCalled } from '../called.ts';
import { findingTitle, noFindingFix } from '../finding-called.ts';
import type { History } from './history.ts';

/** What a person names of a scope. */
export interface ScopeFlags {
  readonly finding?: string;
  readonly rule?: string;
  readonly row?: string;
  readonly workload?: string;
  readonly image?: string;
  readonly configuration?: string;
  readonly field?: readonly string[];
  readonly on?: string;
}

export interface Target {
  readonly host: { readonly id: string; readonly name: string };
  readonly scope: SuppressionScope;
}

/**
 * The scope that the flags mean, with what one finding is about put in where nothing else is said: its rule, workload and configuration.
 * @throws UserError when it is unclear, too wide, or about what nobody can hide
 */
export function targetOf(flags: ScopeFlags, history: History): Target {
  const example = flags.finding === undefined ? undefined : findingCalled(flags.finding, history);
  const host = example?.host ?? hostCalled(flags.on, history);
  const rule = flags.rule ?? (flags.row === undefined ? example?.rule.id : undefined);
  const workload =
    flags.workload === undefined ? example?.workload?.id : workloadCalled(flags.workload, host.id, history);
  const configuration = flags.configuration ?? example?.container?.configuration;
  const parsed = scopeSchema.safeParse({
    ...(rule !== undefined && { rule }),
    ...(flags.row !== undefined && { row: flags.row }),
    ...(workload !== undefined && { workload }),
    ...(flags.image !== undefined && { image: flags.image }),
    ...(configuration !== undefined && { configuration }),
    ...(flags.field !== undefined && { fields: Object.fromEntries(flags.field.map(fieldOf)) }),
  });
  if (!parsed.success) throw wrong(parsed.error.issues[0]?.message ?? 'cannot be read');
  const problem = scopeProblem(parsed.data);
  if (problem !== undefined) throw wrong(problem);
  return { host, scope: parsed.data };
}

function findingCalled(id: string, { findings }: History): Finding {
  const exact = findings.find((finding) => finding.id === id);
  if (exact !== undefined) return exact;
  checkLength(id, 'finding');
  return oneCalled(findings, id, { what: 'finding', title: findingTitle, fix: noFindingFix, code: exitCode.usage });
}

function hostCalled(called: string | undefined, { findings }: History): Target['host'] {
  const hosts = [...new Map(findings.map(({ host }) => [host.id, host])).values()];
  const meant = hosts.filter(({ id, name }) => called === undefined || id === called || name === called);
  const [host, ...more] =
    meant.filter(({ id }) => id === called).length > 0 ? meant.filter(({ id }) => id === called) : meant;
  if (host !== undefined && more.length === 0) return host;
  const names = hosts.slice(0, 20).map(({ id, name }) => `${escapeControl(name, 80)} (${escapeControl(id, 80)})`);
  throw wrong(`name one host with --on; the log has findings of: ${names.join(', ') || 'none'}`);
}

/** By id or name; what nothing was found of yet is an id. */
function workloadCalled(called: string, host: string, { findings }: History): string {
  const here = findings.flatMap(({ host: { id }, workload }) =>
    id === host && workload !== undefined ? [workload] : [],
  );
  if (here.some(({ id }) => id === called) || /^[0-9a-f]{32}$/.test(called)) return called;
  const [id, ...more] = new Set(here.filter(({ name }) => name === called).map((one) => one.id));
  if (id !== undefined && more.length === 0) return id;
  throw wrong(
    `${escapeControl(called, 200)} is ${id === undefined ? 'no workload' : 'the name of several workloads'} with findings; give its id`,
  );
}

/** `name=value`: a value that is JSON is meant as such, any other is a text. */
function fieldOf(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw wrong(`a field is name=value, not ${escapeControl(text, 80)}`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

const wrong = (message: string): UserError =>
  new UserError(message, {
    fix: 'see `moorwatch suppressions add --help`, and `moorwatch findings --json` for ids, rules and fields',
    code: exitCode.usage,
  });
