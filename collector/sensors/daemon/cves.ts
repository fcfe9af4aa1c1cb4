import type { ComponentFacts, CveFacts, CveSeverity } from '../../../shared/facts/daemon.ts';
import { type KnownCve, knownCves } from './cve-table.ts';
import { isBeforeFix, parseVersion, type Version } from './versions.ts';

/** A program as /version names it. */
export interface Installed {
  readonly name: ComponentFacts['name'];
  readonly version: string;
  readonly commit?: string;
}

export interface CveContext {
  /** Docker built the engine: then what it brings along is the projects' own. */
  readonly upstream: boolean;
  readonly authorizationPlugins: boolean;
}

const ranks: readonly CveSeverity[] = ['low', 'medium', 'high', 'critical'];

/**
 * DMN-03. A version that is older than the fix is `vulnerable` where its project built it. A distribution takes fixes over without a new version,
 * and what it calls its package the engine does not say: there it is `unsure`. undefined: nothing to say of it.
 */
export function judgeComponent(
  installed: Installed,
  context: CveContext,
  table: readonly KnownCve[] = knownCves,
): ComponentFacts | undefined {
  const version = parseVersion(installed.version);
  if (version === undefined) return undefined;
  const built = builtBy(version, installed, context);
  const cves = table
    .filter(({ component, needs }) => component === installed.name && (!needs || context.authorizationPlugins))
    .filter(({ fixed, since }) => isBeforeFix(version, fixed, since))
    .map(({ id, severity, fixed }): CveFacts => ({ id, severity, state: built.state, fixed_in: fixed }));
  if (cves.length === 0) return undefined;
  const idsOf = (state: CveFacts['state']) => cves.flatMap((one) => (one.state === state ? [one.id] : []));
  const worst = ranks.findLast((rank) =>
    cves.some(({ state, severity }) => state === 'vulnerable' && severity === rank),
  );
  return {
    ...installed,
    ...(worst === undefined ? {} : { severity: worst }),
    vulnerable: idsOf('vulnerable'),
    unsure: idsOf('unsure'),
    cves,
    decided: built.decided,
  };
}

function builtBy(
  { suffix }: Version,
  { version, commit = '' }: Installed,
  { upstream }: CveContext,
): { readonly state: CveFacts['state']; readonly decided: string } {
  if (suffix !== '' || isPackageVersion(commit))
    return { state: 'unsure', decided: `${version} is a build with changes of its own, which may have the fixes` };
  if (!upstream)
    return {
      state: 'unsure',
      decided: 'the engine does not say that Docker built it; a distribution may have taken the fixes over',
    };
  return { state: 'vulnerable', decided: `${version} is older than the fix` };
}

/** Debian writes its package's version where a commit belongs. */
const isPackageVersion = (commit: string): boolean =>
  commit !== '' && !/^(v[\d.]+.{0,60}-g)?[\da-f]{7,40}(-dirty)?$/.test(commit);
