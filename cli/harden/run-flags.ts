import { escapeControl } from '../../shared/escape.ts';
import { sizeText, tmpfsText } from './compose.ts';
import type { Proposal } from './proposal.ts';

/** The proposal as flags of `docker run`, each quoted for a POSIX shell. */
export function runFlags(proposal: Proposal): readonly string[] {
  const { capabilities, readOnly, noNewPrivileges, user, pids, memory, internal } = proposal;
  return [
    ...(capabilities.proposed
      ? ['--cap-drop ALL', ...capabilities.value.add.map((name) => `--cap-add ${quoted(name)}`)]
      : []),
    ...(readOnly.proposed
      ? [
          '--read-only',
          ...readOnly.value.tmpfs.map((place) => `--tmpfs ${quoted(tmpfsText(place))}`),
          ...readOnly.value.volumes.map((path) => `--volume ${quoted(path)}`),
        ]
      : []),
    ...(noNewPrivileges.proposed ? ['--security-opt no-new-privileges:true'] : []),
    ...(user.proposed ? [`--user ${quoted(user.value)}`] : []),
    ...(pids.proposed ? [`--pids-limit ${pids.value}`] : []),
    ...(memory.proposed ? [`--memory ${sizeText(memory.value)}`] : []),
    // The first alone: before engine 25 `docker run` takes one.
    ...(internal.proposed
      ? internal.value.slice(0, 1).map(({ name }) => `--network ${quoted(`${name}-internal`)}`)
      : []),
  ];
}

/** What has to be done beside, as commands. */
export function runCommands({ internal }: Proposal): readonly string[] {
  if (!internal.proposed) return [];
  const [, ...further] = internal.value;
  return [
    ...internal.value.map(({ name }) => `docker network create --internal ${quoted(`${name}-internal`)}`),
    ...further.map(({ name }) => `docker network connect ${quoted(`${name}-internal`)} CONTAINER`),
  ];
}

/** Text for a shell script: what to do beside as comments, then the flags, one a line, to be put into the user's own command. */
export function runScript(proposal: Proposal): string {
  const notes = [
    `flags for ${proposal.workload.name} on ${proposal.host.name}, to be added to your own docker run`,
    ...proposal.warnings.map((text) => `attention: ${text}`),
    ...(proposal.present.privileged && proposal.capabilities.proposed ? ['leave out --privileged'] : []),
    ...(proposal.present.capabilitiesAdded && proposal.capabilities.proposed ? ['leave out your own --cap-add'] : []),
    ...runCommands(proposal).map((command) => `before: ${command}`),
  ];
  const flags = runFlags(proposal);
  return [...notes.map((note) => `# ${escapeControl(note, 1_000)}`), flags.join(' \\\n')].join('\n');
}

/** As one word of a POSIX shell, whatever is in it. */
const quoted = (text: string): string => (/^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
