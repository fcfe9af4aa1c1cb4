import type { PluginFacts } from '../../../shared/facts/plugin.ts';
import type { PluginInspect } from '../inspect-types.ts';

const mostListed = 100;

/** DMN-05: what a plugin gets that reaches the host. Its mounts and devices as they are set now, which a user may have changed. */
export function pluginFacts({ Id = '', Name = '', Enabled, Config, Settings }: PluginInspect): PluginFacts {
  const capabilities = (Config?.Linux?.Capabilities ?? []).slice(0, mostListed);
  const mounts = (Settings?.Mounts ?? [])
    .filter(({ Type, Source }) => (Type ?? 'bind') === 'bind' && Source)
    .flatMap(({ Source }) => Source ?? [])
    .slice(0, mostListed);
  const devices = (Settings?.Devices ?? []).flatMap(({ Path }) => (Path ? [Path] : [])).slice(0, mostListed);
  const network = Config?.Network?.Type ?? '';
  const privileges = [
    ...(capabilities.length > 0 ? ['capabilities'] : []),
    ...(Config?.Linux?.AllowAllDevices === true ? ['all-devices'] : []),
    ...(devices.length > 0 ? ['devices'] : []),
    ...(mounts.length > 0 ? ['host-mounts'] : []),
    ...(network === 'host' ? ['host-network'] : []),
    ...(Config?.PidHost === true ? ['host-pid'] : []),
    ...(Config?.IpcHost === true ? ['host-ipc'] : []),
  ];
  return { id: Id, name: Name, enabled: Enabled === true, privileges, capabilities, mounts, devices, network };
}
