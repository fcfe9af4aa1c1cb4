import { z } from 'zod';
import { cutMark } from './clip.ts';
import { type Finding, severities } from './finding.ts';
import { canonicalJson, type Json } from './hash.ts';
import { isNeverHidden, isScopeNeverHidden, neverHiddenText } from './never-hidden.ts';
import { type SuppressionScope, scopeSchema } from './suppression-scope.ts';

/** A suppression as the incident stage keeps it: what it is about, who wanted it, and what it hid. */
export const suppressionSchema = z.object({
  /** Id of the decision that made it. */
  id: z.string(),
  host: z.object({ id: z.string(), name: z.string() }),
  scope: scopeSchema,
  owner: z.string(),
  reason: z.string(),
  /** Record times, ms. */
  createdAt: z.number(),
  expiresAt: z.number(),
  /** Findings that it kept out of incidents. */
  suppressed: z.number().int(),
  /** The gravest of them. */
  worst: z.enum(severities).optional(),
  /** Time of the newest of them, ms. */
  lastAt: z.number().optional(),
  /** Findings that fit and were told all the same, since nobody can hide them. */
  told: z.number().int(),
  /** Conditions that it hid, and that are not told when it ends: there was no room to remember them. */
  forgotten: z.number().int().optional(),
});
export type Suppression = z.infer<typeof suppressionSchema>;

/** What a finding says of its observation is cut at so many UTF-16 units (analyzer/capped.ts); what may have been cut equals nothing. */
const cutAt = 1_024;

/** Why a scope cannot be suppressed: it is too wide, or about what nobody can hide. Undefined when it can. */
export function scopeProblem(scope: SuppressionScope): string | undefined {
  const { rule, row, workload, image, configuration, fields } = scope;
  if (isScopeNeverHidden(scope)) return `${row ?? ''}: ${neverHiddenText}`;
  if (rule === undefined && row === undefined) return 'too wide: name a rule or a row of the catalogue';
  const isNarrow = [workload, image, configuration].some((one) => one !== undefined);
  if (isNarrow || Object.keys(fields ?? {}).length > 0) return undefined;
  return 'too wide: name a workload, an image, a configuration hash or fields besides the rule or row';
}

/** Whether a finding is in the scope. What nobody can hide is, too: see `verdictOn`. */
export function isInScope({ host, scope }: Pick<Suppression, 'host' | 'scope'>, finding: Finding): boolean {
  const { rule, row, workload, image, configuration, fields } = scope;
  return (
    finding.host.id === host.id &&
    (rule === undefined || finding.rule.id === rule) &&
    (row === undefined || finding.rule.catalogue.includes(row)) &&
    (workload === undefined || finding.workload?.id === workload) &&
    (image === undefined || finding.container?.image.id === image) &&
    (configuration === undefined || finding.container?.configuration === configuration) &&
    Object.entries(fields ?? {}).every(([name, value]) => isSame(fieldOf(finding, name), value))
  );
}

/** `told`: it fits, but nobody can hide it. */
export function verdictOn(
  suppression: Pick<Suppression, 'host' | 'scope'>,
  finding: Finding,
): 'suppressed' | 'told' | 'other' {
  if (!isInScope(suppression, finding)) return 'other';
  return isNeverHidden(finding.rule.catalogue, finding.severity) ? 'told' : 'suppressed';
}

const fieldOf = ({ observation }: Finding, name: string): unknown =>
  Object.hasOwn(observation, name) ? observation[name] : undefined;

function isSame(found: unknown, wanted: Json): boolean {
  if (found === undefined || isCut(found)) return false;
  // Findings come out of JSON.
  return canonicalJson(found as Json) === canonicalJson(wanted);
}

const isCut = (found: unknown): boolean =>
  Array.isArray(found)
    ? found.at(-1) === cutMark || found.some(isCut)
    : typeof found === 'string' && found.length >= cutAt;
