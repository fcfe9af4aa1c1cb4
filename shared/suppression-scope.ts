import { z } from 'zod';

const most = { name: 256, text: 1_000, fields: 10, list: 32 } as const;
const name = z
  .string()
  .min(1)
  .max(most.name)
  .refine((value) => !/\p{Surrogate}/u.test(value), 'is no well-formed text');
const value = z.union([
  z.string().max(most.text),
  z.number(),
  z.boolean(),
  z.array(z.string().max(most.text)).max(most.list),
]);

/** Which findings a suppression is about: every member that is given must fit, exactly. */
export const scopeSchema = z.strictObject({
  /** Rule id. */
  rule: name.optional(),
  /** Row of the catalogue: `CFG-01`. */
  row: name.optional(),
  /** Workload id. */
  workload: name.optional(),
  /** Image id: another version is another image. */
  image: name.optional(),
  /** Hash over all that the container may do and was told to run. */
  configuration: name.optional(),
  /** Fields of the observation, as the finding has them. */
  fields: z
    .record(name, value)
    .refine((fields) => Object.keys(fields).length <= most.fields, `has more than ${most.fields} members`)
    .optional(),
});
export type SuppressionScope = z.infer<typeof scopeSchema>;
