/** /proc/PID/status, as far as it is read (proc_pid_status(5)). */
export interface ProcessStatus {
  readonly uid: number;
  readonly effectiveUid: number;
  /** Its number in its own pid namespace, and in how many namespaces it has one. */
  readonly vpid: number;
  readonly capabilities: { readonly permitted: bigint; readonly effective: bigint; readonly bounding: bigint };
  readonly noNewPrivileges: boolean | undefined;
  readonly seccomp: 'off' | 'strict' | 'filter' | undefined;
}

const wanted = /^(Uid|NSpid|CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):\t(.*)$/gm;
const modes = ['off', 'strict', 'filter'] as const;

/** undefined: not a status. A kernel without seccomp has no such line. */
export function parseStatus(text: string): ProcessStatus | undefined {
  const values = new Map([...text.matchAll(wanted)].map(([, name = '', value = '']) => [name, value]));
  const [uid, effectiveUid] = (values.get('Uid') ?? '').split('\t').map(Number);
  if (uid === undefined || effectiveUid === undefined || Number.isNaN(uid)) return undefined;
  const set = (name: string): bigint => {
    const digits = values.get(name) ?? '';
    return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : 0n;
  };
  const seccomp = values.get('Seccomp');
  const noNewPrivileges = values.get('NoNewPrivs');
  return {
    uid,
    effectiveUid,
    vpid: Number((values.get('NSpid') ?? '').split('\t').at(-1) || 0),
    capabilities: { permitted: set('CapPrm'), effective: set('CapEff'), bounding: set('CapBnd') },
    noNewPrivileges: noNewPrivileges === undefined ? undefined : noNewPrivileges === '1',
    seccomp: seccomp === undefined ? undefined : modes[Number(seccomp)],
  };
}
