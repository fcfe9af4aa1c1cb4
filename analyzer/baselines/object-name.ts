import { cappedText } from '../capped.ts';
import { generalise } from './generalise.ts';

const longest = 256;

/** The name of a project, network or volume, part by part generalised, as compose joins them with `_`: `job-41_default` → `job-<number>_default`. */
export const generaliseObjectName = (name: string): string =>
  cappedText(name, longest).split('_').map(generalise).join('_');
