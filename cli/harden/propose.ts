import type { WorkloadUse } from '../../shared/harden/use.ts';
import { egress } from './egress.ts';
import { counted, hourMs, isoTime, type Judging, tooLittle } from './judging.ts';
import { memory, pids } from './limits.ts';
import { internal } from './networks.ts';
import { readOnly } from './places.ts';
import type { Proposal } from './proposal.ts';
import { capabilities, noNewPrivileges, user } from './rights.ts';

/** What the workload could be confined to, from what was seen of it. Pure: the same use gives the same proposal. */
export function propose(judging: Judging): Proposal {
  const { host, workload, configuration } = judging.use;
  return {
    host,
    workload,
    ...(configuration === undefined ? {} : { image: configuration.image }),
    ...(configuration?.service === undefined ? {} : { service: configuration.service }),
    warnings: warningsOf(judging),
    seen: seenOf(judging.use),
    present: {
      privileged: configuration?.privileged === true,
      capabilitiesAdded: (configuration?.capabilities.added.length ?? 0) > 0,
      noNewPrivileges: configuration?.noNewPrivileges === true,
    },
    capabilities: capabilities(judging),
    readOnly: readOnly(judging),
    noNewPrivileges: noNewPrivileges(judging),
    user: user(judging),
    internal: internal(judging),
    pids: pids(judging),
    memory: memory(judging),
    egress: egress(judging),
  };
}

function warningsOf({ use, minHours, anyway }: Judging): readonly string[] {
  const little = tooLittle({ use, minHours });
  const lost = use.gaps.filter(({ scope }) => scope !== 'resources');
  return [
    ...little.map((text) => `${anyway ? 'too little was seen' : 'too little was seen to propose from'}: ${text}`),
    ...(use.configuration === undefined
      ? ['the log no longer has its configuration: what it is allowed now is not known']
      : []),
    ...(use.configuration?.privileged === true
      ? ['it is privileged now: the proposal is for a run without that flag']
      : []),
    ...(use.time.leftOut > 0 ? ['more of its containers ran at a time than are counted'] : []),
    ...lost.map(
      ({ scope, count, ms }) =>
        `${scope} may be missing: ${counted(count, 'gap')}${ms > 0 ? `, ${(ms / hourMs).toFixed(1)} hours` : ''} on this host`,
    ),
  ];
}

function seenOf({ time, processes }: WorkloadUse): string {
  const span = `${isoTime(time.first)} to ${isoTime(time.last)}`;
  return (
    `${counted(time.containers, 'container')}, ${counted(time.starts, 'start')}, watched running for ${(time.watchedMs / hourMs).toFixed(1)} hours ` +
    `from ${span}, ${counted(processes.seen, 'process', 'processes')} told`
  );
}
