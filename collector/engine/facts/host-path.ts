/** What the host's file system says of a path; gathered by host-files.ts. */
export interface HostPath {
  /** Real path on the host; the cleaned path when it could not be asked. */
  readonly real: string;
  readonly resolved: boolean;
  readonly type?: HostPathType;
  /** `st_dev:st_ino` */
  readonly identity?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fstype?: string;
  /** Device nodes in and below it, of a directory that is handed in as a device. */
  readonly nodes?: readonly DeviceNode[];
}

export type HostPathType = 'file' | 'directory' | 'socket' | 'block' | 'char' | 'other';

export interface DeviceNode {
  readonly type: 'block' | 'char';
  readonly major: number;
  readonly minor: number;
}

/** A runtime's API socket that lives on this host. */
export interface RuntimeSocket {
  readonly path: string;
  readonly identity?: string;
}

/** /var/run has been a link to /run for ten years; it shows where the host cannot be asked. */
export const underRun = (path: string): string => path.replace(/^\/var\/run(?=\/|$)/, '/run');

export const isWithin = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
