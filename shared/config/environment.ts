import { type OtelEnvironment, otelOf } from './otel-environment.ts';

/** What the environment says, as plain values. This file is the only reader of `process.env`; a piece gets only what it needs of it. */
export interface Environment {
  /** Variables that begin with MOORWATCH_, by full name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly docker: {
    readonly host?: string;
    readonly context?: string;
    readonly certPath?: string;
    readonly tlsVerify?: string;
    /** Where the docker client keeps contexts; default `~/.docker`. */
    readonly config?: string;
  };
  readonly home?: string;
  /** What people edit files with: $VISUAL, else $EDITOR. */
  readonly editor?: string;
  readonly xdg: {
    readonly cacheHome?: string;
    readonly configHome?: string;
    readonly stateHome?: string;
    readonly runtimeDir?: string;
  };
  readonly color: { readonly no: boolean; readonly force: boolean; readonly dumb: boolean };
  readonly otel: OtelEnvironment;
  /** Threads that Node reads files with (UV_THREADPOOL_SIZE). */
  readonly threads: number;
}

/** Directories in which programs are looked for. */
export const programDirectories = (variables: Variables = process.env): readonly string[] =>
  (variables.PATH ?? '').split(':').filter((directory) => directory.startsWith('/'));

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the process's environment once. An empty variable counts as unset, as POSIX tools and OpenTelemetry do. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const get = (name: string): string | undefined => variables[name] || undefined;
  return {
    settings: Object.fromEntries(
      Object.entries(variables).filter(
        (entry): entry is [string, string] => entry[0].startsWith('MOORWATCH_') && Boolean(entry[1]),
      ),
    ),
    docker: present({
      host: get('DOCKER_HOST'),
      context: get('DOCKER_CONTEXT'),
      certPath: get('DOCKER_CERT_PATH'),
      tlsVerify: get('DOCKER_TLS_VERIFY'),
      config: get('DOCKER_CONFIG'),
    }),
    ...present({ home: get('HOME'), editor: get('VISUAL') ?? get('EDITOR') }),
    xdg: present({
      cacheHome: get('XDG_CACHE_HOME'),
      configHome: get('XDG_CONFIG_HOME'),
      stateHome: get('XDG_STATE_HOME'),
      runtimeDir: get('XDG_RUNTIME_DIR'),
    }),
    color: {
      no: get('NO_COLOR') !== undefined,
      force: !['', '0', 'false'].includes(get('FORCE_COLOR') ?? ''),
      dumb: get('TERM') === 'dumb',
    },
    otel: otelOf(get),
    threads: threadsOf(get('UV_THREADPOOL_SIZE')),
  };
}

const usualThreads = 4;
const mostThreads = 1_024;

/** With libuv's default and bounds (threadpool.c). */
function threadsOf(size = ''): number {
  const threads = Number.parseInt(size, 10);
  return Number.isNaN(threads) ? usualThreads : Math.min(mostThreads, Math.max(1, threads));
}

/** The object without its undefined members. */
function present<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: string };
}
