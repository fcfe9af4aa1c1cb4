import type { DaemonFacts, DaemonFileFacts, GroupFacts, ReloadFacts } from '../../../shared/facts/daemon.ts';
import { contentHash, deriveId } from '../../../shared/hash.ts';
import type { HostRef, Observation } from '../../../shared/observation.ts';
import { observationId } from '../../../shared/observation-id.ts';
import type { Accounts, FoundFile } from './files.ts';
import type { EngineFacts } from './info.ts';
import type { FileChange } from './note.ts';
import { permissionProblems } from './permissions.ts';

interface Told {
  readonly host: HostRef;
  readonly at: number;
}

/** What a look found, one object each; `hash` is another when anything in it is. */
export interface DaemonSnapshot {
  readonly hash: string;
  readonly objects: readonly { readonly key: string; readonly daemon: DaemonFacts }[];
}

export function daemonSnapshot(
  facts: EngineFacts,
  host: { readonly files: readonly FoundFile[]; readonly accounts: Accounts | undefined },
): DaemonSnapshot {
  const rootless = facts.daemon.security_options?.includes('rootless') === true;
  const objects = [
    { key: 'daemon', daemon: facts.daemon },
    ...facts.listeners.map((listener) => ({ key: `listener:${listener.url}`, daemon: { listener } })),
    // Another list of vulnerabilities is something new to tell.
    ...facts.components.map((component) => ({
      key: `component:${component.name}:${deriveId([...component.vulnerable], [...component.unsure]).slice(0, 8)}`,
      daemon: { component },
    })),
    ...(rootless ? [] : host.files.flatMap((file) => wronglyOwned(file, host.accounts))),
  ];
  return { hash: contentHash(objects.map(({ key, daemon }) => [key, JSON.stringify(daemon)])), objects };
}

function wronglyOwned(file: FoundFile, accounts: Accounts | undefined): DaemonSnapshot['objects'] {
  const problems = permissionProblems(file, accounts?.docker?.gid);
  if (problems.length === 0) return [];
  const { path, kind, uid, gid, mode } = file;
  const group = accounts?.nameOf(gid);
  const facts: DaemonFileFacts = {
    path,
    kind,
    mode: `0${mode.toString(8)}`,
    uid,
    gid,
    ...(group === undefined ? {} : { group }),
    problems,
  };
  return [{ key: `file:${path}`, daemon: { file: facts } }];
}

/** One observation for each object; each names the whole, so that what is no longer there ends. */
export function snapshotObservations(
  { hash, objects }: DaemonSnapshot,
  { host, at, action }: Told & { readonly action: 'present' | 'poll' },
): readonly Observation[] {
  const keys = objects.map(({ key }) => key);
  const of = { container: '', hash, cause: `${action} ${at}` };
  const id = observationId.snapshot(host.id, { ...of, object: '' });
  return objects.map(({ key, daemon }) => ({
    id: observationId.snapshot(host.id, { ...of, object: key }),
    kind: 'daemon',
    at,
    event: { source: 'inspect', action },
    host,
    snapshot: { id, object: key, objects: keys, hash },
    daemon,
  }));
}

export function fileChanged(
  change: FileChange,
  { kind, packaged }: { readonly kind: DaemonFileFacts['kind']; readonly packaged: boolean },
  { host, at }: Told,
): Observation {
  const { path, hash, before, signature } = change;
  const file: DaemonFileFacts = {
    path,
    kind,
    change: change.change,
    ...(hash === '' ? {} : { hash }),
    ...(before === '' ? {} : { hash_before: before }),
    packaged,
  };
  const state = [change.change, before, hash, signature].join(' ');
  return {
    id: observationId.daemon(host.id, { what: 'file', subject: path, state }),
    kind: 'daemon',
    at,
    event: { source: 'inspect', action: 'file_changed' },
    host,
    daemon: { file },
  };
}

export const groupChanged = (group: GroupFacts, { host, at }: Told): Observation => ({
  id: observationId.daemon(host.id, {
    what: 'group',
    subject: group.name,
    state: `${at} ${[...(group.gained ?? []), '-', ...(group.lost ?? [])].join(' ')}`,
  }),
  kind: 'daemon',
  at,
  event: { source: 'inspect', action: 'group_changed' },
  host,
  daemon: { group },
});

/** `nano`: of the engine's event. */
export const reloaded = (reload: ReloadFacts, { host, at, nano }: Told & { readonly nano: string }): Observation => ({
  id: observationId.daemon(host.id, { what: 'reload', subject: '', state: nano }),
  kind: 'daemon',
  at,
  event: { source: 'docker-event', action: 'reload', time_nano: nano },
  host,
  daemon: { reload },
});
