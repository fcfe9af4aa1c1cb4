/** Texts of a network namespace's counters: /proc/PID/net/{snmp,snmp6,sockstat,sockstat6}. */
export interface NetCounters {
  readonly snmp: string;
  readonly snmp6: string;
  readonly sockstat: string;
  readonly sockstat6: string;
}

/** Counters that move whenever a socket of the namespace begins something (RFC 4022 and RFC 4113 names; TCP counts both families). */
const tcpCounters = ['ActiveOpens', 'PassiveOpens', 'AttemptFails', 'CurrEstab'];
const udpCounters = ['InDatagrams', 'NoPorts', 'OutDatagrams'];

/**
 * A text that differs from the last one whenever the socket tables may have a new row. The tables cost the kernel a walk through all its hash
 * buckets, some milliseconds on a machine with much memory; these counters cost next to nothing. Every connect is an ActiveOpen, every
 * accept a PassiveOpen, every listen one more socket in use.
 */
export function netActivity({ snmp, snmp6, sockstat, sockstat6 }: NetCounters): string {
  const udp6 = snmp6.split('\n').filter((line) => /^Udp6(In|Out)Datagrams|^Udp6NoPorts/.test(line));
  return [
    ...counters(snmp, 'Tcp', tcpCounters),
    ...counters(snmp, 'Udp', udpCounters),
    ...udp6,
    ...inUse(sockstat),
    ...inUse(sockstat6),
  ].join(' ');
}

/** Pairs of lines: names, then values, both behind `Tcp:`. */
function counters(snmp: string, protocol: string, wanted: readonly string[]): readonly string[] {
  const [names = [], values = []] = snmp
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' '));
  return wanted.map((name) => values[names.indexOf(name)] ?? '');
}

/** `TCP: inuse 1 orphan 0 tw 2 alloc 3 mem 0`: sockets and those in TIME_WAIT; memory is not of interest. */
const inUse = (sockstat: string): readonly string[] =>
  sockstat.split('\n').flatMap((line) => /^(?:TCP|UDP)6?: inuse \d+/.exec(line)?.[0] ?? []);
