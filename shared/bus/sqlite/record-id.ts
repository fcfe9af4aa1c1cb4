/** Offsets have 40 bits, logs the 13 bits above them: together an integer that a JavaScript number holds exactly. */
const offsets = 2 ** 40;

export const recordId = (log: number, offset: number): number => log * offsets + offset;
export const offsetOf = (id: number): number => id % offsets;
