import { escapeControl } from '../../shared/escape.ts';
import { composeOverride, settingsOf } from './compose.ts';
import { dockerUserRules, nftTable } from './firewall.ts';
import type { Proposal, Proposed } from './proposal.ts';
import { runScript } from './run-flags.ts';

/** The whole proposal for a person: what to know first, setting by setting, and then in each of the languages. */
export function report(proposal: Proposal): readonly string[] {
  const { egress } = proposal;
  const rules = egress.proposed ? [nftTable(proposal, egress.value), dockerUserRules(proposal, egress.value)] : [];
  const [table, chain] = rules;
  return [
    ...[`${proposal.workload.name} on ${proposal.host.name}`, proposal.seen].map(escaped),
    ...proposal.warnings.map((text) => escaped(`! ${text}`)),
    '',
    ...settingsOf(proposal).flatMap(([name, setting]) => settingLines(name, setting)),
    ...section('compose override (docker compose -f compose.yaml -f FILE up)', composeOverride(proposal)),
    ...section('docker run', runScript(proposal)),
    ...(table === undefined ? [] : section('nftables, a table of its own (nft -f FILE)', table)),
    ...(chain === undefined ? [] : section('nftables by iptables, in the chain DOCKER-USER', chain)),
  ];
}

const escaped = (text: string): string => escapeControl(text, 1_000);

function settingLines(name: string, setting: Proposed<unknown>): readonly string[] {
  const lines = setting.proposed
    ? [
        `${name}: ${shortly(setting.value)}   (confidence ${setting.confidence})`,
        `    because ${setting.evidence}`,
        ...setting.doubts.map((text) => `    but ${text}`),
      ]
    : [`${name}: not proposed`, `    not observed: ${setting.why}`];
  return lines.map(escaped);
}

/** A value on one line. */
function shortly(value: unknown): string {
  if (value === true) return 'yes';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map((one: { name: string }) => one.name).join(', ') || 'as they are';
  const { add, tmpfs, volumes, allowed } = value as {
    readonly add?: readonly string[];
    readonly tmpfs?: readonly { readonly path: string }[];
    readonly volumes?: readonly string[];
    readonly allowed?: readonly unknown[];
  };
  if (add !== undefined) return add.length === 0 ? 'drop all' : `drop all, add ${add.join(', ')}`;
  if (allowed !== undefined) return `${allowed.length} destinations`;
  const places = [
    ...(tmpfs ?? []).map(({ path }) => `tmpfs ${path}`),
    ...(volumes ?? []).map((path) => `volume ${path}`),
  ];
  return places.length === 0 ? 'yes, nothing writable' : `yes, with ${places.join(', ')}`;
}

/** What a renderer wrote has its own escapes. */
const section = (title: string, text: string): readonly string[] => [
  '',
  `# --- ${title}`,
  ...text.trimEnd().split('\n'),
];
