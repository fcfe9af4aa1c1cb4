import { z } from 'zod';
import { clip } from './clip.ts';

/** In a collector's status: containers whose connections have no names because somebody may forge them (docs/collector.md, names of destinations). */
export const namesWithheldSchema = z.object({
  /** Containers on networks where the engine resolves names, and how many of them have none. */
  of: z.number().int(),
  without: z.number().int(),
  /** Of these, how many are on a network that reaches beyond the engine. */
  far: z.number().int(),
  /** Who may forge, the one that takes most names away first; `takes`: from so many containers, itself among them. */
  forgers: z.array(
    z.object({ id: z.string(), name: z.string(), image: z.string(), isOnHost: z.boolean(), takes: z.number().int() }),
  ),
  /** So many forgers more. */
  more: z.number().int(),
});
export type NamesWithheld = Readonly<z.infer<typeof namesWithheldSchema>>;

/** How many forgers a status tells of. */
export const mostForgersTold = 10;

/** No container has a name: the sensor runs for nothing. */
export const allWithheld = ({ of, without }: NamesWithheld): boolean => of > 0 && without === of;

/** `12 of 14 containers have no names of destinations: somebody may forge them` */
export const withheldText = ({ of, without }: NamesWithheld): string =>
  `${without} of ${of} containers have no names of destinations, as somebody may forge them`;

/** Who, a line each. Names and images are anybody's words: to be escaped. */
export function forgerLines({ forgers, more, far }: NamesWithheld): readonly string[] {
  return [
    ...forgers.slice(0, mostForgersTold).map(({ name, image, isOnHost, takes }) => {
      const where = isOnHost ? ", on the host's network" : '';
      return `${clip(name, 128)} (${clip(image, 128)}${where}) may forge those of ${takes}`;
    }),
    ...(more > 0 ? [`${more} containers more may`] : []),
    ...(far > 0
      ? [
          `${far} are on a network that reaches beyond the engine (overlay, macvlan, ipvlan, or its driver is not known)`,
        ]
      : []),
  ];
}

/** What to do. */
export const withheldFix = ({ forgers }: NamesWithheld): string =>
  forgers.length === 0
    ? 'attach to bridges alone what shall have names (docs/collector.md, names of destinations)'
    : `cap_drop: [NET_RAW] for ${forgers.length === 1 ? 'it' : 'each of them, the first one first'} (and no NET_ADMIN, SYS_ADMIN, SYS_PTRACE, SYS_MODULE); docs/collector.md, names of destinations`;
