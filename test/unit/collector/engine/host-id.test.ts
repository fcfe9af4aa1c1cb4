import { describe, expect, it } from 'vitest';
import { hostIdOf } from '../../../../collector/engine/host-id.ts';

const address = 'unix:///run/docker.sock';

describe('the id of a watched engine', () => {
  it('is the engine’s own, or its address where it has none', () => {
    expect(hostIdOf({ ID: 'a', Name: 'vm' }, address)).toBe('a');
    expect(hostIdOf({ Name: 'vm' }, address)).toBe(address);
    expect(hostIdOf({ ID: '' }, address)).toBe(address);
  });

  // Members of two answers that podman 4.3 gave to GET /info, one after the other.
  const podman = { Name: 'vm', DockerRootDir: '/var/lib/containers/storage', BuildahVersion: '1.28.2' };
  it('of Podman stays, whatever id it makes up', () => {
    const first = hostIdOf({ ...podman, ID: '90dafb23-0ad3-4580-b987-601e46d84bc5' }, address);
    expect(hostIdOf({ ...podman, ID: '9dcd57cc-8c6c-4c52-bcaa-006b6953eb9a' }, address)).toBe(first);
    expect(hostIdOf({ ...podman, Name: 'other' }, address)).not.toBe(first);
    expect(hostIdOf({ ...podman, DockerRootDir: '/home/ann/.local/share/containers/storage' }, address)).not.toBe(
      first,
    );
  });
});
