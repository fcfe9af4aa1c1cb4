import type { ProcessFacts } from '../../../shared/observation.ts';
import { capabilitiesOf } from '../../procfs/capabilities.ts';
import { type NamespaceKind, namespaceKinds } from '../../procfs/namespaces.ts';
import type { Look } from './look.ts';
import type { ContainerView } from './view.ts';

/** What a process may do, against what its container was given. */
export function rightsFacts({ status, loginUid, namespaces, label }: Look, view: ContainerView): Partial<ProcessFacts> {
  const { permitted, effective } = status.capabilities;
  const { seccomp, noNewPrivileges } = status;
  return {
    user: { id: status.effectiveUid },
    real_user: { id: status.uid },
    ...(loginUid === undefined ? {} : { login_user: { id: loginUid } }),
    capabilities: {
      effective: capabilitiesOf(effective),
      permitted: capabilitiesOf(permitted),
      beyond: isOwnUsers(namespaces.get('user'), view) ? [] : capabilitiesOf((permitted | effective) & ~view.granted),
    },
    ...(seccomp === undefined ? {} : { seccomp, seccomp_missing: seccomp === 'off' && view.status.seccomp !== 'off' }),
    ...(noNewPrivileges === undefined
      ? {}
      : {
          no_new_privileges: noNewPrivileges,
          no_new_privileges_missing: !noNewPrivileges && view.status.noNewPrivileges === true,
        }),
    ...(label === undefined ? {} : { lsm_label: label, lsm_missing: label === 'unconfined' && hasProfile(view) }),
  };
}

/** In a user namespace that it made itself a process has every right, over that namespace only. */
const isOwnUsers = (user: string | undefined, { namespaces, host }: ContainerView): boolean =>
  user !== undefined && user !== namespaces.get('user') && host.namespaces.get('user')?.has(user) !== true;

const hasProfile = ({ facts }: ContainerView): boolean => facts.apparmor === 'default' || facts.apparmor === 'custom';

export function namespaceFacts({ namespaces }: Look, view: ContainerView): Partial<ProcessFacts> {
  if (namespaces.size === 0) return {};
  const isHosts = (kind: NamespaceKind): boolean =>
    view.host.namespaces.get(kind)?.has(namespaces.get(kind) ?? '') === true;
  // A container shares its host's users unless the engine maps them: told is only who left a namespace for the host's.
  const isOfHost = (kind: NamespaceKind): boolean =>
    isHosts(kind) && (kind !== 'user' || view.namespaces.get(kind) !== namespaces.get(kind));
  const host = namespaceKinds.filter(isOfHost);
  const isForeign = (kind: NamespaceKind): boolean =>
    namespaces.has(kind) && view.namespaces.has(kind) && namespaces.get(kind) !== view.namespaces.get(kind);
  return {
    ns_host: host,
    ns_undeclared: host.filter((kind) => !isDeclared(kind, view)),
    ns_foreign: namespaceKinds.filter((kind) => isForeign(kind) && !isHosts(kind)),
  };
}

/**
 * `host`, or another's: whose that is, is said of the other. The cgroup namespace is the host's by default on version 1, so there the container's
 * first process is asked.
 */
function isDeclared(kind: NamespaceKind, { facts, namespaces, host }: ContainerView): boolean {
  const mode = kind === 'mnt' ? '' : (facts.namespaces?.[kind] ?? '');
  if (mode === 'host' || mode.startsWith('container:') || mode.startsWith('ns:')) return true;
  return kind === 'cgroup' && host.namespaces.get(kind)?.has(namespaces.get(kind) ?? '') === true;
}
