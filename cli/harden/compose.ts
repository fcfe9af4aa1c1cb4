import { Document, type Scalar, type YAMLMap } from 'yaml';
import { escapeControl } from '../../shared/escape.ts';
import type { Proposal, Proposed } from './proposal.ts';

/**
 * The proposal as a file to be laid over the user's own compose file (Compose Specification). `!override`, where something of it has to go instead
 * of being added to, needs Docker Compose 2.24.4.
 */
export function composeOverride(proposal: Proposal): string {
  const document = new Document({
    services: { [serviceOf(proposal)]: serviceMembers(proposal) },
    ...networksOf(proposal),
  });
  document.commentBefore = comment([
    `What ${proposal.workload.name} on ${proposal.host.name} could be confined to, as moorwatch saw it. Read it before you use it.`,
    proposal.seen,
    ...proposal.warnings.map((text) => `Attention: ${text}`),
    ...unproposed(proposal),
    ...besides(proposal),
  ]);
  const service = document.getIn(['services', serviceOf(proposal)]) as YAMLMap<Scalar<string>, unknown>;
  for (const [key, text] of commentsOf(proposal)) {
    const pair = service.items.find((item) => item.key.value === key);
    if (pair !== undefined) pair.key.commentBefore = comment(text);
  }
  const added = service.get('cap_add', true);
  if (added !== undefined && proposal.present.capabilitiesAdded) (added as { tag?: string }).tag = '!override';
  return document.toString({ lineWidth: 0 });
}

/** What the file beneath decides, which nobody sees here. */
const besides = ({ present, noNewPrivileges, pids, memory }: Proposal): readonly string[] => [
  ...(present.noNewPrivileges && noNewPrivileges.proposed
    ? [
        'Not repeated: no-new-privileges, which it has already (Compose refuses an option of security_opt that is there twice)',
      ]
    : []),
  ...(pids.proposed || memory.proposed
    ? [
        'Where your file has deploy.resources.limits, put these limits there (pids, memory): Compose refuses others beside them',
      ]
    : []),
];

const plainKey = /^[a-zA-Z0-9._-]{1,128}$/;

function serviceOf({ service, workload }: Proposal): string {
  if (service !== undefined && plainKey.test(service)) return service;
  return (
    workload.name
      .replace(/[^a-zA-Z0-9._-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 64) || 'service'
  );
}

function serviceMembers(proposal: Proposal): Record<string, unknown> {
  const { capabilities, readOnly, noNewPrivileges, user, pids, memory, present } = proposal;
  return {
    ...(present.privileged && capabilities.proposed ? { privileged: false } : {}),
    ...when(capabilities, ({ add }) => ({
      cap_drop: ['ALL'],
      ...(add.length > 0 || present.capabilitiesAdded ? { cap_add: [...add] } : {}),
    })),
    ...when(readOnly, ({ tmpfs, volumes }) => ({
      read_only: true,
      ...(tmpfs.length > 0 ? { tmpfs: tmpfs.map(tmpfsText).map(literal) } : {}),
      ...(volumes.length > 0 ? { volumes: volumes.map(literal) } : {}),
    })),
    ...(present.noNewPrivileges ? {} : when(noNewPrivileges, () => ({ security_opt: ['no-new-privileges:true'] }))),
    ...when(user, (name) => ({ user: literal(name) })),
    ...when(pids, (most) => ({ pids_limit: most })),
    ...when(memory, (bytes) => ({ mem_limit: sizeText(bytes) })),
  };
}

function networksOf({ internal }: Proposal): Record<string, unknown> {
  const keys = internal.proposed ? internal.value.flatMap(({ key }) => key ?? []) : [];
  return keys.length === 0 ? {} : { networks: Object.fromEntries(keys.map((key) => [key, { internal: true }])) };
}

const when = <Value>(setting: Proposed<Value>, members: (value: Value) => Record<string, unknown>) =>
  setting.proposed ? members(setting.value) : {};

/** A program runs from there: engines mount a tmpfs noexec unless told. */
export const tmpfsText = ({ path, exec }: { readonly path: string; readonly exec: boolean }): string =>
  exec ? `${path}:exec` : path;

/** As engines and Compose read sizes: in whole MiB, or to the byte. */
export const sizeText = (bytes: number): string => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}m` : `${bytes}b`);

/** Compose puts variables in for `$`. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

const comment = (lines: readonly string[]): string => lines.map((line) => ` ${escapeControl(line, 1_000)}`).join('\n');

const reasons = <Value>(setting: Proposed<Value>): readonly string[] =>
  setting.proposed
    ? [`${setting.evidence} (confidence ${setting.confidence})`, ...setting.doubts.map((text) => `but: ${text}`)]
    : [];

function commentsOf(proposal: Proposal): readonly (readonly [key: string, lines: readonly string[]])[] {
  return [
    ['cap_drop', reasons(proposal.capabilities)],
    ['read_only', reasons(proposal.readOnly)],
    ['security_opt', reasons(proposal.noNewPrivileges)],
    ['user', reasons(proposal.user)],
    ['pids_limit', reasons(proposal.pids)],
    ['mem_limit', reasons(proposal.memory)],
  ];
}

/** The settings under the names that Compose has for them. */
export const settingsOf = (proposal: Proposal): readonly (readonly [name: string, setting: Proposed<unknown>])[] => [
  ['cap_drop, cap_add', proposal.capabilities],
  ['read_only, tmpfs', proposal.readOnly],
  ['no-new-privileges', proposal.noNewPrivileges],
  ['user', proposal.user],
  ['internal networks', proposal.internal],
  ['pids limit', proposal.pids],
  ['memory limit', inMebibytes(proposal.memory)],
  ['egress allow-list', proposal.egress],
];

const inMebibytes = (setting: Proposed<number>): Proposed<string> =>
  setting.proposed ? { ...setting, value: sizeText(setting.value) } : setting;

/** What could not be observed, one line each. */
export const unproposed = (proposal: Proposal): readonly string[] =>
  settingsOf(proposal).flatMap(([name, setting]) =>
    setting.proposed ? [] : [`Not proposed: ${name}: ${setting.why}`],
  );
