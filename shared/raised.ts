import type { Incident } from './incident.ts';

/** Why an incident is worse than its worst finding. */
export const raisedText = ({ from, because }: NonNullable<Incident['raised']>): string =>
  `one step more than ${from}: ${because.join('; ')}`;
