import { z } from 'zod';
import { severities } from '../../finding.ts';
import { suggest } from '../suggest.ts';

const globs = z.array(z.string().min(1)).min(1).optional();

const route = z.strictObject({
  to: z.array(z.string()).min(1).describe('names of the sinks that get what the conditions let through; `otel` too'),
  severity: z.enum(severities).optional().describe('incidents of this severity and above'),
  kind: z.enum(['incident', 'posture']).optional().describe('posture: what was so already when the watch began'),
  nature: z.enum(['event', 'condition']).optional().describe('a finding is of something that happened, or of a state'),
  rules: globs.describe('a finding is by one of these rules or catalogue rows: `ESC-*`'),
  techniques: globs.describe('ATT&CK techniques: `T1611`, `T1552*`'),
  tactics: globs.describe('ATT&CK tactics: `privilege-escalation`'),
  workloads: globs.describe('names of workloads: `shop/*`'),
  hosts: globs.describe('names or ids of hosts'),
});

export const routes = z.array(route).min(1).optional();

/** The sink that the OTEL_* variables switch on; it has no section of its own. */
const otel = 'otel';

/** A name that is no sink's would lead into nothing. */
export function checkRoutes(
  config: {
    readonly sinks: Readonly<Record<string, { readonly type: string }>>;
    readonly routes?: z.infer<typeof routes>;
    readonly canary: { readonly sinks: readonly string[] };
  },
  context: z.RefinementCtx,
): void {
  // A heartbeat takes no incidents.
  const sinks = Object.entries(config.sinks).filter(([, { type }]) => type !== 'heartbeat');
  const known = [...sinks.map(([name]) => name), otel];
  const check = (names: readonly string[], path: readonly (string | number)[]): void => {
    for (const [index, name] of names.entries()) {
      if (known.includes(name)) continue;
      const meant = suggest(name, known);
      const hint = meant === undefined ? `; there are: ${known.join(', ')}` : `; did you mean "${meant}"?`;
      context.addIssue({
        code: 'custom',
        path: [...path, index],
        message: `no sink of incidents has this name${hint}`,
      });
    }
  };
  for (const [index, { to }] of (config.routes ?? []).entries()) check(to, ['routes', index, 'to']);
  check(config.canary.sinks, ['canary', 'sinks']);
}
