import type { ImageFacts } from '../../../shared/observation.ts';
import type { ContainerInspect, ImageInspect } from '../inspect-types.ts';

/** Image facts of a container; the image's own inspect adds what only it knows. */
export function imageFacts(container: ContainerInspect, image: ImageInspect | undefined): ImageFacts {
  const name = container.Config?.Image ?? '';
  const { registry, repository, tag } = parseReference(nameOf(name, image));
  return {
    name,
    id: container.Image ?? image?.Id ?? '',
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(image?.RepoDigests?.length ? { digests: image.RepoDigests } : {}),
    ...(image?.Config?.WorkingDir ? { working_dir: image.Config.WorkingDir } : {}),
    ...(image?.Config?.OnBuild?.length ? { on_build: image.Config.OnBuild } : {}),
    ...(image?.Config?.Env?.length
      ? { env_keys: image.Config.Env.map((entry) => entry.split('=')[0] ?? '').sort() }
      : {}),
  };
}

/** A container started by image id belongs to the image's name, where it has one. */
function nameOf(name: string, image: ImageInspect | undefined): string {
  return /^(sha256:)?[0-9a-f]{12,64}$/.test(name) ? (image?.RepoTags?.[0] ?? name) : name;
}

/** `name[:tag][@digest]` with the defaults that docker fills in: registry docker.io, path library/. */
export function parseReference(reference: string): { registry: string; repository: string; tag?: string } {
  const [named = ''] = reference.split('@');
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  const path = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const first = path.split('/')[0] ?? '';
  const hasRegistry = path.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const registry = !hasRegistry || first === 'index.docker.io' ? 'docker.io' : first;
  const rest = hasRegistry ? path.slice(first.length + 1) : path;
  const full = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  return { registry, repository: `${registry}/${full}`, ...(tag === undefined ? {} : { tag }) };
}
