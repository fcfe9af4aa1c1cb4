/** Of the keys of collectors in the topic `status`. */
export const collectorPrefix = 'collector/';

/** Key in the topic `status` of what the collector of a host says of itself. @param host its id */
export const collectorKey = (host: string): string => `${collectorPrefix}${host}`;
