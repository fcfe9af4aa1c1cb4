import type { ContainerImageLineage, ImageEventFacts, PredecessorFacts } from '../../shared/facts/image.ts';
import type { GapFacts, HostRef } from '../../shared/observation.ts';
import type { ExecRecord } from './find-exec.ts';
import type { ImagesChanges } from './images/images.ts';
import type { KnownContainer } from './inventory.ts';
import type { Prepared } from './prepare.ts';

/** What the watch of an engine gives the sensors, in the engine's order. */
export type FeedItem =
  | {
      readonly kind: 'event';
      readonly host: HostRef;
      readonly prepared: Prepared;
      readonly known: KnownContainer | undefined;
      readonly before: KnownContainer | undefined;
      /** Of an event of an image, or of a commit. */
      readonly image?: ImageEventFacts | undefined;
      readonly lineage?: Lineage | undefined;
    }
  | {
      readonly kind: 'snapshot';
      readonly host: HostRef;
      readonly known: KnownContainer;
      readonly action: SnapshotAction;
      readonly at: number;
      readonly cause: string;
      readonly lineage?: Lineage | undefined;
    }
  /** A name of an image that points elsewhere although no event said so. */
  | { readonly kind: 'image-moved'; readonly host: HostRef; readonly image: ImageEventFacts; readonly at: number }
  /** A container that is gone although no event said so. */
  | { readonly kind: 'vanished'; readonly host: HostRef; readonly known: KnownContainer; readonly at: number }
  /** What an exec that was told without facts runs, and as whom. */
  | {
      readonly kind: 'exec-late';
      readonly host: HostRef;
      readonly prepared: Prepared;
      readonly known: KnownContainer | undefined;
    }
  /** An exec that the runtime refused; `at`: when it was started. */
  | {
      readonly kind: 'exec-refused';
      readonly host: HostRef;
      readonly exec: ExecRecord;
      readonly known: KnownContainer | undefined;
      readonly at: number;
    }
  | { readonly kind: 'gap'; readonly host: HostRef; readonly gap: GapFacts }
  /** Everything before it is done: what has to be kept to go on from here. */
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint };

/** What is known of a container beyond its own configuration, when that is told. */
export interface Lineage {
  readonly image: ContainerImageLineage;
  /** Of a container that was just created. */
  readonly predecessor?: PredecessorFacts | undefined;
}

/** Why it was taken; the verbs are those of an event whose facts came late. */
export type SnapshotAction = 'present' | 'resync' | 'poll' | 'create' | 'start' | 'update' | 'rename';

export interface Checkpoint {
  readonly hostId: string;
  /** undefined: there is nothing to go on from yet. */
  readonly cursor: Cursor | undefined;
  /** Containers whose state changed; null: forgotten. */
  readonly containers: ReadonlyMap<string, KnownContainer | null>;
  readonly images?: ImagesChanges;
  /** What a sensor keeps, by its name. */
  readonly notes?: ReadonlyMap<string, unknown>;
}

/** Where in the engine's events we are. */
export interface Cursor {
  /** The highest `timeNano` of the events that were handled, or our time when the watch began. */
  readonly nano: string;
  /** Whether that was an event: then the engine must be able to replay it. */
  readonly event: boolean;
  /** Keys of the events handled shortly before it (handled.ts). */
  readonly recent?: readonly string[];
}
