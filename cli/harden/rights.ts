import type { UseConfiguration, WorkloadUse } from '../../shared/harden/use.ts';
import { counted, type Judging, observed, proposed, unobserved } from './judging.ts';
import type { CapabilitySet, Proposed } from './proposal.ts';

const bare = (capability: string): string => capability.replace(/^CAP_/, '');
const byProcesses = ['processes'] as const;

/** All dropped but what implication shows to be used: what a process has is seen, what it uses is not. */
export const capabilities = (judging: Judging): Proposed<CapabilitySet> =>
  observed(judging, byProcesses, () => {
    const { processes, configuration } = judging.use;
    if (processes.withRights === 0) return unobserved(noRights(processes));
    const many = counted(processes.withRights, 'process', 'processes');
    if (processes.effective.length === 0 && !startsAsRoot(configuration))
      return proposed(
        { add: [] },
        { evidence: `none of ${many} had any capability`, confidence: 'high', doubts: shortLived },
      );
    const had = hadBy(judging.use);
    const shown = new Map(processes.implied.flatMap((one) => (had.has(one.capability) ? [[one.capability, one]] : [])));
    const add = [...shown.keys()].sort();
    const evidence =
      add.length === 0
        ? `nothing that ${many} did shows that a capability was used`
        : add.map((name) => `${bare(name)}: ${shown.get(name)?.text ?? ''}`).join('; ');
    return proposed(
      { add: add.map(bare) },
      { evidence, confidence: 'low', doubts: capabilityDoubts(judging.use, { add, had }) },
    );
  });

/** Whether it begins as root, as which it has capabilities, though all that was seen of it may have given them up. Nobody knows: yes. */
const startsAsRoot = (configuration: UseConfiguration | undefined): boolean =>
  configuration === undefined || configuration.user === '' || (configuration.uid ?? 0) === 0;

/** What it may have: others could mount or make something in it as well, and what it does not have must not be given to it. */
const hadBy = ({ processes, configuration }: WorkloadUse): ReadonlySet<string> =>
  new Set([...processes.effective, ...(configuration?.capabilities.effective ?? [])]);

const noRights = ({ seen }: WorkloadUse['processes']): string =>
  seen === 0
    ? 'none of its processes was seen'
    : `of none of ${counted(seen, 'process', 'processes')} could the capabilities be read (coverage partial)`;

const shortLived = ['what lives shorter than a sweep (processes of a script, health checks) was not seen'];

function capabilityDoubts(
  { processes: { effective, implied, likely }, configuration }: WorkloadUse,
  { add, had }: { readonly add: readonly string[]; readonly had: ReadonlySet<string> },
): readonly string[] {
  const rest = effective.filter((name) => !add.includes(name)).map(bare);
  return [
    ...(effective.length === 0
      ? [
          'it starts as root and had given that up when it was looked at: what it uses until then (chown, files of other users) was not seen',
        ]
      : []),
    ...implied.flatMap(({ capability, text }) =>
      had.has(capability) ? [] : [`not added, as it does not have it: ${bare(capability)} (${text})`],
    ),
    ...(rest.length === 0
      ? []
      : [
          `its processes have ${rest.join(', ')}, too, and use of these cannot be seen (chown, files of other users, raw sockets, signals): ` +
            'try it, and add back what is missed',
        ]),
    ...likely.map(({ capability, text }) => `perhaps ${bare(capability)}: ${text}`),
    ...(add.includes('CAP_NET_BIND_SERVICE') && configuration?.networkMode !== 'host'
      ? [
          'NET_BIND_SERVICE is not needed where the engine opens low ports to everybody (Docker since 20.10): try without',
        ]
      : []),
    ...shortLived,
  ];
}

/** Breaks what gains rights by running a file: seen as a process whose user is not who started it. */
export const noNewPrivileges = (judging: Judging): Proposed<true> =>
  observed(judging, byProcesses, () => {
    const { processes, configuration } = judging.use;
    if (configuration?.noNewPrivileges === true)
      return proposed(true, { evidence: 'it runs with it already', confidence: 'high' });
    const [gained] = processes.gained;
    if (gained !== undefined) return unobserved(`it gains rights by running a file: ${gained.text}`);
    if (processes.seen === 0) return unobserved('none of its processes was seen');
    return proposed(true, {
      evidence: `none of ${counted(processes.seen, 'process', 'processes')} gained rights by running a file`,
      confidence: 'medium',
      doubts: [...shortLived, 'people who use sudo or su in it by exec cannot any more'],
    });
  });

const plainUser = /^[\w.-]{1,64}(:[\w.-]{1,64})?$/;

/** Only who it runs as already: as another user it was never seen to start. */
export const user = (judging: Judging): Proposed<string> =>
  observed(judging, byProcesses, () => {
    const { processes, configuration } = judging.use;
    if (configuration === undefined) return unobserved('its configuration is no longer in the log');
    if (processes.users.length === 0) return unobserved('of none of its processes the user was seen');
    const others = processes.users.filter(({ uid }) => uid !== 0).map(({ uid }) => uid);
    const later = others.length === 0 ? '' : `; what it starts later runs as user ${others.slice(0, 4).join(', ')}`;
    if (processes.users.some(({ uid }) => uid === 0))
      return unobserved(`it runs as root, and whether it works as another user cannot be seen${later}`);
    if (configuration.uid === 0 || configuration.user === '')
      return unobserved(
        `it is started as root and gives that up by itself; started as user ${others[0]} it was never seen`,
      );
    if (!plainUser.test(configuration.user))
      return unobserved('its user is written with characters that are not copied');
    return proposed(configuration.user, {
      evidence: `all of ${counted(processes.seen, 'process', 'processes')} ran as user ${others.slice(0, 4).join(', ')}`,
      confidence: 'high',
    });
  });
