import type { Observation } from '../../shared/observation.ts';

/**
 * The Sigma taxonomy's names for what observations carry under ours (appendix "Taxonomy", Linux), and names in the same style for what only
 * containers have. So rules written for Linux hosts run on what happens inside containers.
 */
export const taxonomy: ReadonlyMap<string, (observation: Observation) => unknown> = new Map<
  string,
  (observation: Observation) => unknown
>([
  ['Image', ({ process, exec }) => process?.executable ?? invoked(process?.args?.[0] ?? exec?.args[0])],
  ['OriginalFileName', ({ process }) => process?.name],
  ['CommandLine', ({ process, exec }) => process?.command_line ?? exec?.command],
  ['User', ({ process, exec }) => userNames(process?.user?.name ?? exec?.user, process?.user?.id ?? exec?.uid)],
  ['ProcessId', ({ process }) => process?.pid],
  ['CurrentDirectory', ({ process }) => process?.working_directory],
  ['ParentImage', ({ process }) => process?.parent?.executable],
  ['ParentCommandLine', ({ process }) => process?.parent?.command_line],
  ['ParentProcessId', ({ process }) => process?.parent?.pid],
  ['TargetFilename', ({ file }) => file?.path],
  ['SourceIp', ({ source }) => source?.ip],
  ['SourcePort', ({ source }) => source?.port],
  ['DestinationIp', ({ destination }) => destination?.ip],
  ['DestinationPort', ({ destination }) => destination?.port],
  ['DestinationHostname', ({ destination }) => destination?.domain],
  ['QueryName', ({ dns }) => dns?.question.name],
  ['query', ({ dns }) => dns?.question.name],
  ['record_type', ({ dns }) => dns?.question.type],
  ['Protocol', ({ network }) => network?.transport],
  ['Initiated', ({ network }) => (network?.direction === undefined ? undefined : network.direction === 'egress')],
  ['Computer', ({ host }) => host.name],
  ['EventType', ({ event }) => event.action],
  ['Action', ({ event }) => event.action],
  ['ContainerId', ({ container }) => container?.id],
  ['ContainerName', ({ container }) => container?.name],
  ['ContainerImage', ({ container }) => container?.image.name],
  ['ContainerCommandLine', ({ container }) => container?.command?.join(' ')],
  ['Privileged', ({ container, exec }) => exec?.privileged ?? container?.privileged],
  ['CapAdd', ({ container }) => container?.caps?.added],
  ['MountSource', ({ mount }) => mount?.source],
  ['MountDestination', ({ mount }) => mount?.destination],
]);

/**
 * The engine tells a program as it was asked for. Rules nearly always ask for `endswith: /curl`, so a bare name, which PATH resolves inside the
 * container, also answers as a file in a directory that is not known. It never answers as lying in /usr/bin: that nobody has seen.
 */
const invoked = (program: string | undefined): readonly string[] | undefined =>
  program === undefined || program === '' ? undefined : program.includes('/') ? [program] : [program, `…/${program}`];

/** Rules name users, the engine often has a number: 0 is root in every container. */
function userNames(name: string | undefined, id: number | null | undefined): readonly string[] | undefined {
  const names = [...(name ? [name] : []), ...(id === 0 && name !== 'root' ? ['root'] : [])];
  return names.length === 0 ? undefined : names;
}

export interface LogSource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/** Log sources that an observation is: ours (product docker, category = kind), and the Linux one that means the same. */
export function logSourcesOf({
  kind,
  event,
  network,
}: Pick<Observation, 'kind' | 'event' | 'network'>): readonly LogSource[] {
  const own = { product: 'docker', category: kind };
  // One exec is one process start, however many events the engine makes of it; and a process that changed did not start.
  if ((kind === 'process' && event.action !== 'change') || (kind === 'exec' && event.action === 'exec_start'))
    return [own, { product: 'linux', category: 'process_creation' }];
  // Linux rules speak of connections between addresses.
  if (kind === 'connection' && network?.direction !== 'listen' && network?.transport !== 'unix')
    return [own, { product: 'linux', category: 'network_connection' }];
  if (kind === 'dns') return [own, { product: 'linux', category: 'dns_query' }];
  if (kind === 'file')
    return [own, { product: 'linux', category: event.action === 'deleted' ? 'file_delete' : 'file_event' }];
  return [own];
}

/** A rule applies where every attribute that it names is the event's. */
export const applies = (rule: LogSource, event: LogSource): boolean =>
  (rule.product === undefined || rule.product === event.product) &&
  (rule.category === undefined || rule.category === event.category) &&
  (rule.service === undefined || rule.service === event.service);
