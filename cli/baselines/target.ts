import { z } from 'zod';
import type { BaselineView } from '../../shared/baseline-view.ts';
import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { hostWorkload, isHostWorkload } from '../../shared/workload.ts';
import type { Api } from '../client/api.ts';
import { findWorkload } from './find.ts';

const ref = z.object({ id: z.string(), name: z.string() });
const listSchema = z.object({ baselines: z.array(z.looseObject({ host: ref, workload: ref })) });
type Ref = z.infer<typeof ref>;

/** Which workload of which host a profile is for, and what is known of it now; nothing when it was not seen yet. */
export interface Target {
  readonly host: Ref;
  readonly workload: Ref;
  readonly views: readonly BaselineView[];
}

interface Named {
  readonly host?: string;
  readonly workload?: string;
}

/**
 * The workload that a profile is for: its own where it comes from, the one of its name on another host.
 * @throws UserError when no or several workloads are meant
 */
export async function targetOf(api: Api, profile: Profile, named: Named): Promise<Target> {
  const { baselines } = listSchema.parse(await api.get('/api/v1/baselines'));
  const host = hostOf(
    profile,
    named.host,
    baselines.map((one) => one.host),
  );
  const workloads = unique(baselines.filter((one) => one.host.id === host.id).map((one) => one.workload));
  const isAtHome = host.id === profile.host.id;
  const called = named.workload ?? (isAtHome ? profile.workload.id : profile.workload.name);
  const exact = workloads.filter(({ id }) => id === called);
  const found = exact.length > 0 ? exact : workloads.filter(({ name }) => name === called);
  const [workload, ...more] = found;
  if (more.length > 0) throw several(called, found);
  if (workload !== undefined) return { host, workload, views: await findWorkload(api, workload.id, host.id) };
  if (isHostWorkload({ name: called })) return { host, workload: hostWorkload(host), views: [] };
  // It may be pinned before it is seen again: the id of a workload of a host never changes.
  if (isAtHome && named.workload === undefined) return { host, workload: profile.workload, views: [] };
  throw unseen(called, host);
}

function hostOf(profile: Profile, named: string | undefined, known: readonly Ref[]): Ref {
  const called = named ?? profile.host.id;
  const hosts = unique(known);
  const exact = hosts.filter(({ id }) => id === called);
  const [host, ...more] = exact.length > 0 ? exact : hosts.filter(({ name }) => name === called);
  if (host !== undefined && more.length === 0) return host;
  const isHome = named === undefined || [profile.host.id, profile.host.name].includes(named);
  if (host === undefined && isHome) return profile.host;
  throw new UserError(
    `${escapeControl(called, 200)} is ${host === undefined ? 'no host' : 'the name of several hosts'} with baselines; there are: ${list(hosts)}`,
    { fix: 'name one of these hosts with --host, by name or id' },
  );
}

const unique = (refs: readonly Ref[]): readonly Ref[] => [...new Map(refs.map((one) => [one.id, one])).values()];

const list = (refs: readonly Ref[]): string =>
  refs
    .slice(0, 20)
    .map(({ id, name }) => `${escapeControl(name, 80)} (${escapeControl(id, 80)})`)
    .join(', ');

const several = (called: string, workloads: readonly Ref[]): UserError =>
  new UserError(`several workloads are called ${escapeControl(called, 200)}: ${list(workloads)}`, {
    fix: 'name one by its id with --workload',
  });

const unseen = (called: string, host: Ref): UserError =>
  new UserError(`${escapeControl(host.name, 200)} has not shown the workload ${escapeControl(called, 200)} yet`, {
    fix: 'import the profile when its container has run there for a while, or name another workload with --workload',
  });
