import { deriveId } from '../../shared/hash.ts';
import type { EngineInfo } from './inspect-types.ts';

/**
 * What tells one watched engine from others, over its restarts and ours. Docker has an id for that. Podman makes up another one with every
 * answer (podman 4.3), so there it is derived from the host's name and where the containers are stored: another user's are another engine.
 */
export function hostIdOf(info: EngineInfo, address: string): string {
  if (isPodman(info)) return deriveId('podman', info.Name ?? '', info.DockerRootDir ?? '');
  return info.ID || address;
}

/** Podman's answer names the version of the builder in it; Docker's has no such member. */
const isPodman = ({ BuildahVersion }: EngineInfo): boolean => typeof BuildahVersion === 'string';
