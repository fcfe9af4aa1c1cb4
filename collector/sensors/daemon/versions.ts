/** A version as Docker, containerd and runc write it. */
export interface Version {
  readonly numbers: readonly [number, number, number];
  /** `rc`, `beta`, `alpha` with its number; absent: the release itself. */
  readonly pre?: { readonly stage: string; readonly number: number };
  /** What follows and is not the project's own: `+dfsg1`, `~ds1`, `-0ubuntu4.1`. */
  readonly suffix: string;
}

const form = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,6}))?(?:[-~.](alpha|beta|rc)[.-]?(\d{1,4}))?(.{0,100})$/;

/** undefined: it cannot be read. `-ce` is what Docker wrote behind its own versions until 19.03. */
export function parseVersion(text: string): Version | undefined {
  const found = form.exec(text.trim());
  if (found === null) return undefined;
  const [, major, minor, patch = '0', stage, number, rest = ''] = found;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    ...(stage === undefined ? {} : { pre: { stage, number: Number(number) } }),
    suffix: rest === '-ce' ? '' : rest,
  };
}

/** Below 0: `a` is older. Suffixes do not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.pre === undefined || b.pre === undefined) return Number(a.pre === undefined) - Number(b.pre === undefined);
  // The stages' names are in the order of the alphabet.
  return a.pre.stage === b.pre.stage ? a.pre.number - b.pre.number : a.pre.stage < b.pre.stage ? -1 : 1;
}

const sameLine = (a: Version, b: Version): boolean => a.numbers[0] === b.numbers[0] && a.numbers[1] === b.numbers[1];

/**
 * Whether a version is older than every fix that it could have: its own line's, or where that has none, the next line's that has one.
 * `fixed`: ascending; `since`: first version with the fault.
 */
export function isBeforeFix(version: Version, fixed: readonly string[], since?: string): boolean {
  const first = since === undefined ? undefined : parseVersion(since);
  if (first !== undefined && compareVersions(version, first) < 0) return false;
  const fixes = fixed.flatMap((text) => parseVersion(text) ?? []);
  const own = fixes.find((fix) => sameLine(fix, version));
  if (own !== undefined) return compareVersions(version, own) < 0;
  return fixes.some((fix) => compareVersions(version, fix) < 0);
}
