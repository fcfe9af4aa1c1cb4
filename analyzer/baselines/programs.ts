import type { ProcessFacts } from '../../shared/observation.ts';
import { generaliseExecutable } from './generalise.ts';

/**
 * An executable as it is learned, canonical and for people: a file that is many programs in one (busybox) is told by what it was invoked as,
 * too. undefined: not known.
 */
export function programName(executable: ProcessFacts['executable']): string | undefined {
  const [file, invoked] = typeof executable === 'string' ? [executable] : (executable ?? []);
  if (file === undefined || file === '') return undefined;
  return invoked === undefined || invoked === file
    ? generaliseExecutable(file)
    : `${generaliseExecutable(invoked)} (${generaliseExecutable(file)})`;
}
