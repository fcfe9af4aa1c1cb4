/**
 * What the collector remembers of an image's name and id when something happens to it (kind `image`, and commits). Absent where it is not known:
 * before the images of a host were listed for the first time, and for what the engine does not say.
 */
export interface ImageEventFacts {
  /** The name concerned, with its defaults spelled out: `docker.io/library/nginx:latest`, `registry/path@sha256:…`. */
  readonly ref?: string;
  readonly registry?: string;
  /** `ref` without tag and digest. */
  readonly repository?: string;
  /** Id of the image that it is about. */
  readonly id?: string;
  /** What `ref` pointed to before, when that was another image. */
  readonly previous_id?: string;
  /** The id was seen on this host before this happened. */
  readonly known?: boolean;
  readonly origin?: ImageOrigin;
  /**
   * Names of running containers, at most 8. Where a name moved: those made from the name with another image than it has now. Where a name was
   * taken away: those that run the image and were made from that name, or whose image has no name left.
   */
  readonly in_use_by?: readonly string[];
  /** The first time that this host sees this registry, and it had none of its images when it was first watched. */
  readonly registry_new?: boolean;
}

/**
 * How an image came to this host, by the first that was heard of it: `present` (there when the host was first watched), `pull`, `load`, `import`,
 * `commit`, `build` (a tag was the first word of it), `unseen` (found after an absence).
 */
export type ImageOrigin = 'present' | 'pull' | 'load' | 'import' | 'commit' | 'build' | 'unseen';

/** What the same memory says of a container when its configuration is told. */
export interface ContainerImageLineage {
  /** The name that the container was made from is another image today. */
  readonly moved?: boolean;
  /** Its registry is none of those that this host had images of when it was first watched. */
  readonly registry_new?: boolean;
}

/** A new container compared with the one that had its name before (compose's interim names count as the name they stand for). */
export interface PredecessorFacts {
  readonly image_changed: boolean;
  /** The test of the health check is another one, was added or taken away. */
  readonly healthcheck_changed: boolean;
}
