/** glibc's gnu_dev_major. */
export const majorOf = (device: bigint): number => Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));

/** glibc's gnu_dev_minor. */
export const minorOf = (device: bigint): number => Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));

/** `major:minor`, as mountinfo writes it. */
export const deviceText = (device: bigint): string => `${majorOf(device)}:${minorOf(device)}`;
