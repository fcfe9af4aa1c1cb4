import { posix } from 'node:path';
import { escapeControl } from '../../shared/escape.ts';
import type { WorkloadUse } from '../../shared/harden/use.ts';
import { counted, isoTime, type Judging, observed, proposed, unobserved } from './judging.ts';
import type { Proposed, WritablePlaces } from './proposal.ts';

/** What the Filesystem Hierarchy Standard lets be empty at every start; of /var/cache each program's own. */
const scratch = /^(\/tmp|\/var\/tmp|\/run|\/var\/run|\/var\/lock|\/var\/cache\/[^/]+)(?=\/)/;
/** Where programs and their settings lie: who writes there is not made to by a mount over it. */
const system = /^\/(?:bin|sbin|lib|lib32|lib64|usr|etc|boot|dev|proc|sys)(?:\/|$)/;
/** Read by the engine as `path:options`, and written into YAML and a command line. */
const unprintable = /[:,"'\\$`\s]/;
const mostPlaces = 16;
/** A look comes so long after what asks for it at most, but where the engine is slow. */
const lookedWithinMs = 15_000;

/** A root file system that is not written, with what was seen to be written on mounts of its own. */
export const readOnly = (judging: Judging): Proposed<WritablePlaces> =>
  observed(judging, ['changes'], () => {
    const { files, configuration, time } = judging.use;
    const mounts = [...engineMounts, ...(configuration?.mounts ?? [])];
    const own = files.paths.filter(({ path, by }) => by === undefined && !holdsMount(path, mounts));
    if (configuration?.readOnly === true)
      return proposed(
        { tmpfs: [], volumes: [] },
        { evidence: 'its root file system is read-only already', confidence: 'high' },
      );
    if (files.looks === 0 || files.lastLook === undefined)
      return unobserved(
        'its files were never looked at: that happens when an exec in it ends, so run `docker exec CONTAINER true` after it did all that it does, and ask again',
      );
    if (time.last - files.lastLook < lookedWithinMs)
      return unobserved('its files are being looked at after an exec or a copy: ask again in a minute');
    const { tmpfs, volumes, refused } = placesOf(
      own.map(({ path }) => path),
      files.executed,
    );
    const [problem] = refused;
    if (problem !== undefined)
      return unobserved(
        `it writes where neither a tmpfs nor a volume can stand: ${problem}${refused.length > 1 ? ` and ${refused.length - 1} more` : ''}`,
      );
    if (files.leftOut > 0)
      return unobserved(
        `${counted(files.leftOut, 'changed file')} of it ${files.leftOut === 1 ? 'was' : 'were'} not told`,
      );
    if (tmpfs.length + volumes.length > mostPlaces)
      return unobserved(`it writes in ${tmpfs.length + volumes.length} directories of its root file system`);
    return proposed(
      { tmpfs, volumes },
      {
        evidence: `${own.length === 0 ? 'no file' : counted(own.length, 'file')} of its own differed from its image’s, last looked at ${isoTime(files.lastLook)}`,
        confidence: files.lastLook - time.first < 3_600_000 || time.containers > 1 ? 'low' : 'medium',
        doubts: doubtsOf(files, { tmpfs, volumes }),
      },
    );
  });

/** The engine makes the directories that something is mounted at. */
const engineMounts = ['/dev', '/proc', '/sys'] as const;
const holdsMount = (path: string, mounts: readonly string[]): boolean =>
  mounts.some((mount) => mount === path || mount.startsWith(`${path}/`));

function doubtsOf(files: WorkloadUse['files'], { tmpfs, volumes }: WritablePlaces): readonly string[] {
  const byOthers = files.paths.filter(({ by }) => by !== undefined);
  const sample = byOthers.slice(0, 3).map(({ path }) => path);
  return [
    'a file that came and went between two looks was not seen, and what is tried and fails is not seen either',
    ...(byOthers.length === 0
      ? []
      : [
          `${counted(byOthers.length, 'file')} written during an exec or a copy ${byOthers.length === 1 ? 'is' : 'are'} left out: ${sample.join(', ')}`,
        ]),
    ...(tmpfs.length === 0
      ? []
      : ['a tmpfs hides what the image has in that directory, is empty at every start and counts as memory']),
    ...(volumes.length === 0
      ? []
      : [
          `a volume without a name begins with what the image has there; give those of data a name: ${volumes.join(', ')}`,
          'Compose keeps such a volume when it makes the container anew, and with it what an older image had there: `docker compose up -V` takes a new one',
        ]),
  ];
}

interface Sorted extends WritablePlaces {
  /** Files for which there is no place, and why. */
  readonly refused: readonly string[];
}

/** The directories that have to be writable for these files; one within another is left out. */
export function placesOf(paths: readonly string[], executed: readonly string[]): Sorted {
  const tmpfs = new Set<string>();
  const volumes = new Set<string>();
  const refused: string[] = [];
  for (const path of paths) {
    const directory = scratch.exec(path)?.[1] ?? posix.dirname(path);
    if (unprintable.test(directory) || escapeControl(directory) !== directory) refused.push(`${directory} (its name)`);
    else if (directory === '/' || directory === '/var' || system.test(directory)) refused.push(path);
    else if (scratch.test(`${directory}/`)) tmpfs.add(directory);
    else volumes.add(directory);
  }
  const isWithin = (directory: string): boolean =>
    [...tmpfs, ...volumes].some((other) => other !== directory && directory.startsWith(`${other}/`));
  return {
    tmpfs: [...tmpfs]
      .filter((one) => !isWithin(one))
      .sort()
      .map((path) => ({ path, exec: executed.some((file) => file.startsWith(`${path}/`)) })),
    volumes: [...volumes].filter((one) => !isWithin(one)).sort(),
    refused,
  };
}
