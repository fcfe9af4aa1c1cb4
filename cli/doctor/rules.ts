import type { Config } from '../../shared/config/schema.ts';
import { loadConfiguredRules } from '../rule-set.ts';
import { hiddenText, type RunningRules } from '../running-rules.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** Rules that are not what they should be, each with its place. */
export async function checkRules(config: Config): Promise<readonly Finding[]> {
  const { rules, correlations, filters, problems } = await loadConfiguredRules(config);
  const told = problems.map(({ severity, file, line, column, message }) => {
    const text = `${file}:${line}:${column}: ${message}`;
    const fix = 'mend the file; `moorwatch rules lint` tells when it is right';
    return severity === 'error' ? fail('rules', text, fix) : warn('rules', text, fix);
  });
  const others = [
    [correlations.length, 'sequences'],
    [filters.length, 'filters'],
  ].flatMap(([count, name]) => (count === 0 ? [] : `${count} ${name}`));
  const loaded =
    rules.length > 0
      ? ok('rules', [`${rules.length} loaded`, ...others].join(', '))
      : fail('rules', 'none loaded: nothing would be found', 'install Moorwatch again: the shipped rules are missing');
  return [loaded, ...told];
}

/** What running analyzers judge by, where that is not what lies on the disk. */
export function checkRunningRules(running: readonly RunningRules[]): readonly Finding[] {
  return running.flatMap((one) => {
    const { process, loaded, loadedAt, kept, keptCount, unreadable, failures } = one;
    const hidden = hiddenText(one);
    const about = 'rules in use';
    const outdated = kept.map(({ file, rules, since }) =>
      warn(
        about,
        `${rules} of ${file} as they were read at ${timeOf(since)} (${process})`,
        'the file has errors or cannot be read: mend it, and it is taken up within seconds',
      ),
    );
    const unread = unreadable.map(({ file, message }) =>
      warn(
        about,
        `${file}: ${message} (${process})`,
        'correct its owner or mode, and those of the directories above it',
      ),
    );
    const more = keptCount - kept.length;
    return [
      ok(about, `${loaded} since ${timeOf(loadedAt)} (${process})`),
      ...(hidden === undefined ? [] : [ok(about, `${hidden} (${process})`)]),
      ...outdated,
      ...unread,
      ...(more > 0
        ? [warn(about, `${more} more files in an older version (${process})`, 'mend those first; its log names all')]
        : []),
      ...(failures > 0
        ? [
            warn(
              about,
              `changes could not be loaded ${failures} times (${process})`,
              'its log says why; the rules before stay in use',
            ),
          ]
        : []),
    ];
  });
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
