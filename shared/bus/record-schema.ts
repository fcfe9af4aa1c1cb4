import { exitCode, UserError } from '../errors.ts';

/**
 * Version of what records say (observations, findings, incidents, states): it travels in a header of each record on Kafka. Minor: members
 * were added that older readers may ignore. Major: older readers would misunderstand.
 */
export const recordSchema = { major: 1, minor: 0 } as const;

export const schemaHeader = 'moorwatch-schema';
export const schemaText = `${recordSchema.major}.${recordSchema.minor}`;

/** A record of a newer major version: whoever goes on would misread it, and whoever skips it would lose it. */
export class IncompatibleRecordError extends UserError {
  constructor(place: string, version: string) {
    super(
      `${place} was written by a newer Moorwatch (record schema ${version}; this one reads ${recordSchema.major}.x)`,
      {
        fix: 'upgrade this process; upgrade analyzers and alerting before collectors (docs/operations.md)',
        code: exitCode.failure,
      },
    );
    this.name = 'IncompatibleRecordError';
  }
}

/**
 * @returns whether we may read a record that says this of itself. None, or what is no version: another program made it, and whether it can be
 * read its value shows.
 */
export function isReadable(version: string | undefined): boolean {
  const [, major] = /^(\d{1,9})\.\d{1,9}$/.exec(version ?? '') ?? [];
  return major === undefined || Number(major) <= recordSchema.major;
}
