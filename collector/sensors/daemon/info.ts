import type { ComponentFacts, DaemonFacts, ListenerFacts, Weakness } from '../../../shared/facts/daemon.ts';
import type { EngineInfo, EngineVersion } from '../../engine/inspect-types.ts';
import { type Installed, judgeComponent } from './cves.ts';

/** What /info and /version say of an engine; `listeners` and `components` only where there is something to say. */
export interface EngineFacts {
  readonly daemon: DaemonFacts;
  readonly listeners: readonly ListenerFacts[];
  readonly components: readonly ComponentFacts[];
}

const mostListed = 50;

export function engineFacts(info: EngineInfo, version: EngineVersion): EngineFacts {
  const security = securityOptions(info);
  const insecure = insecureRegistries(info);
  const authorization = info.Plugins?.Authorization ?? [];
  const platform = version.Platform?.Name ?? '';
  const context = { upstream: platform.startsWith('Docker '), authorizationPlugins: authorization.length > 0 };
  return {
    daemon: {
      version: version.Version ?? info.ServerVersion ?? '',
      api: version.ApiVersion ?? '',
      platform,
      security_options: security,
      insecure_registries: insecure,
      registry_mirrors: (info.RegistryConfig?.Mirrors ?? []).slice(0, mostListed),
      authorization_plugins: authorization.slice(0, mostListed),
      experimental: info.ExperimentalBuild === true,
      live_restore: info.LiveRestoreEnabled === true,
      default_runtime: info.DefaultRuntime ?? '',
      runtimes: Object.keys(info.Runtimes ?? {})
        .sort()
        .slice(0, mostListed),
      cgroup_version: info.CgroupVersion ?? '',
      weaknesses: weaknessesOf(info, security, insecure),
    },
    listeners: listenersIn(info.Warnings ?? []),
    components: installed(version).flatMap((one) => judgeComponent(one, context) ?? []),
  };
}

/** `name=seccomp,profile=default` → `seccomp`. */
const securityOptions = ({ SecurityOptions }: EngineInfo): readonly string[] =>
  (SecurityOptions ?? []).map((option) => /^name=([^,]*)/.exec(option)?.[1] ?? option).slice(0, mostListed);

const isOwn = (registry: string): boolean => /^(127\.|::1\/|localhost(:|$))/.test(registry);

/** Names and nets beyond this host's own; the engine always takes those for safe. */
export function insecureRegistries({ RegistryConfig }: EngineInfo): readonly string[] {
  const named = Object.entries(RegistryConfig?.IndexConfigs ?? {}).flatMap(([name, index]) =>
    index?.Secure === false ? [name] : [],
  );
  const all = [...(RegistryConfig?.InsecureRegistryCIDRs ?? []), ...named].filter((registry) => !isOwn(registry));
  return [...new Set(all)].sort().slice(0, mostListed);
}

function weaknessesOf(info: EngineInfo, security: readonly string[], insecure: readonly string[]): readonly Weakness[] {
  const confined = ['apparmor', 'selinux'].some((name) => security.includes(name));
  const mapped = ['userns', 'rootless'].some((name) => security.includes(name));
  return [
    ...(security.includes('seccomp') ? [] : ['no-seccomp' as const]),
    ...(insecure.length === 0 ? [] : ['insecure-registries' as const]),
    ...(confined ? [] : ['no-lsm' as const]),
    ...(mapped ? [] : ['no-user-namespaces' as const]),
    ...(info.ExperimentalBuild === true ? ['experimental' as const] : []),
    ...(info.LiveRestoreEnabled === true ? [] : ['no-live-restore' as const]),
  ];
}

const warning = /API is accessible on (https?):\/\/(\S{1,200}) without (encryption|TLS client verification)/;

/** L19: the engine warns of addresses where whoever reaches it has its API. */
export function listenersIn(warnings: readonly string[]): readonly ListenerFacts[] {
  return warnings.slice(0, mostListed).flatMap((text): ListenerFacts[] => {
    const [, scheme, address, without] = warning.exec(text) ?? [];
    if (scheme === undefined || address === undefined) return [];
    const host = address.replace(/[.,]$/, '').replace(/:\d+$/, '');
    return [
      {
        url: `${scheme}://${address.replace(/[.,]$/, '')}`,
        protection: without === 'encryption' ? 'none' : 'unverified',
        loopback: /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost)$/.test(host),
      },
    ];
  });
}

const names: Readonly<Record<string, ComponentFacts['name']>> = {
  Engine: 'engine',
  containerd: 'containerd',
  runc: 'runc',
};

function installed({ Components }: EngineVersion): readonly Installed[] {
  return (Components ?? []).slice(0, mostListed).flatMap(({ Name = '', Version, Details }) => {
    const name = Object.hasOwn(names, Name) ? names[Name] : undefined;
    if (name === undefined || !Version) return [];
    const commit = Details?.GitCommit;
    return [{ name, version: Version, ...(commit ? { commit } : {}) }];
  });
}
