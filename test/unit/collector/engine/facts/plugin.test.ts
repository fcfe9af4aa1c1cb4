import { expect, test } from 'vitest';
import { pluginFacts } from '../../../../../collector/engine/facts/plugin.ts';
import type { PluginInspect } from '../../../../../collector/engine/inspect-types.ts';

test.each<[string, PluginInspect, readonly string[]]>([
  ['nothing of the host', { Config: { Network: { Type: 'none' } } }, []],
  ['capabilities', { Config: { Linux: { Capabilities: ['CAP_SYS_ADMIN'] } } }, ['capabilities']],
  ['every device', { Config: { Linux: { AllowAllDevices: true } } }, ['all-devices']],
  ['a device', { Settings: { Devices: [{ Path: '/dev/fuse' }] } }, ['devices']],
  ['a device that is not set', { Settings: { Devices: [{ Path: null }] } }, []],
  ['a host path', { Settings: { Mounts: [{ Type: 'bind', Source: '/etc' }] } }, ['host-mounts']],
  ['a tmpfs', { Settings: { Mounts: [{ Type: 'tmpfs', Source: 'tmpfs' }] } }, []],
  [
    'namespaces',
    { Config: { Network: { Type: 'host' }, PidHost: true, IpcHost: true } },
    ['host-network', 'host-pid', 'host-ipc'],
  ],
])('a plugin that gets %s', (_what, inspect, privileges) => {
  expect(pluginFacts(inspect).privileges).toEqual(privileges);
});
