/** What the kernel keeps where nobody logged in: (uid_t) -1, as it is of services and what they begin. */
const unset = 4_294_967_295;

/**
 * /proc/PID/loginuid (proc_pid_loginuid(5)): the user as whom a person logged in, whatever became of the rights since (su, sudo); what a process
 * begins inherits it. undefined: nobody logged in, or this kernel does not keep it.
 */
export function parseLoginUid(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}\s*$/.test(text)) return undefined;
  const uid = Number(text);
  return uid >= unset ? undefined : uid;
}
