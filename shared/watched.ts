import { z } from 'zod';

/** A running container, as the collector's status tells it: as far as it decides what can be seen of it. */
export const watchedContainerSchema = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  /** What an exception is keyed on (N9): id of the image, hash of the configuration. */
  imageId: z.string(),
  configHash: z.string(),
  /** `host` | `none` | `container:<id>` | `private`. */
  network: z.string(),
  paused: z.boolean(),
});
export type WatchedContainer = Readonly<z.infer<typeof watchedContainerSchema>>;
