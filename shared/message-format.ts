/** What a message of the sinks file, webhook and kafka looks like. */
export const messageFormats = ['moorwatch', 'ocsf', 'falco'] as const;
export type MessageFormat = (typeof messageFormats)[number];

/** Which events of the Open Cybersecurity Schema Framework are written; `both` are events of their own. */
export const ocsfClasses = ['both', 'incident', 'detection'] as const;
export type OcsfClass = (typeof ocsfClasses)[number];
