import { tacticsOf } from './attack.ts';
import type { Cutter } from './ocsf-values.ts';

/** MITRE ATT&CK as OCSF writes it: at least one of the three. */
export interface Attack {
  readonly tactic?: AttackName;
  readonly technique?: AttackName;
  readonly sub_technique?: AttackName;
}
interface AttackName {
  readonly uid: string;
  readonly name?: string;
  readonly src_url: string;
}

const site = 'https://attack.mitre.org';
const most = 50;

/**
 * Tactics, then techniques, each an entry of its own: an incident does not keep which belongs to which. What is neither a tactic of ATT&CK
 * nor written like a technique (`T1059`, `T1059.004`) comes from somebody's rule and is left out.
 */
export function attacksOf(
  { tactics, techniques }: { readonly tactics: readonly string[]; readonly techniques: readonly string[] },
  { list }: Cutter,
): readonly Attack[] {
  const named = tacticsOf(tactics).map(({ id, name }): Attack => {
    return { tactic: { uid: id, name, src_url: `${site}/tactics/${id}` } };
  });
  return [...named, ...list(techniques, most).flatMap(techniqueOf)];
}

function techniqueOf(id: string): Attack[] {
  const [, base, sub] = /^(T\d{4})(?:\.(\d{3}))?$/.exec(id) ?? [];
  if (base === undefined) return [];
  const technique = { uid: base, src_url: `${site}/techniques/${base}` };
  if (sub === undefined) return [{ technique }];
  return [{ technique, sub_technique: { uid: id, src_url: `${site}/techniques/${base}/${sub}` } }];
}
