import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const text = z.union([z.string(), z.number()]).transform(String);

/** What docker-compose.yml may say: keys of the Compose specification that `docker run` can be told too. An unknown key is an error. */
const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).default([]),
  user: z.string().optional(),
  depends_on: z.array(z.string()).default([]),
  environment: z.record(z.string(), text).default({}),
  pid: z.literal('host').optional(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).min(1),
  ports: z.array(z.string()).default([]),
  mem_limit: z.string().optional(),
  restart: z.string().optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  healthcheck: z
    .strictObject({ test: z.array(z.string()).min(2), interval: z.string(), timeout: z.string() })
    .optional(),
});
const composeSchema = z.strictObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.strictObject({})),
});

export type Compose = z.infer<typeof composeSchema>;
export type Service = z.infer<typeof serviceSchema>;

export const parseCompose = (source: string): Compose => composeSchema.parse(parse(source));

export interface RunOptions {
  readonly compose: Compose;
  /** Folder of the compose file: what `./` means. */
  readonly directory: string;
  /** The engine socket that stands for /var/run/docker.sock. */
  readonly socket: string;
}

/** The docker commands that `compose up` stands for, in the order of `depends_on` (a service names only services above it). */
export function dockerCommands({ compose, directory, socket }: RunOptions): readonly (readonly string[])[] {
  const networks = Object.entries(compose.networks).map(([name, { internal }]) => [
    'network',
    'create',
    ...(internal ? ['--internal'] : []),
    name,
  ]);
  const volumes = Object.keys(compose.volumes).map((name) => ['volume', 'create', name]);
  const runs = Object.entries(compose.services).map(([name, service]) => runOf(name, service, { directory, socket }));
  return [...networks, ...volumes, ...runs];
}

function runOf(name: string, service: Service, place: { directory: string; socket: string }): readonly string[] {
  const { healthcheck: health, networks } = service;
  const many = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  const one = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [flag, value]);
  return [
    'run',
    '-d',
    '--name',
    name,
    '--network-alias',
    name,
    '--label',
    `com.docker.compose.service=${name}`,
    ...many('--network', networks),
    ...one('--user', service.user),
    ...one('--pid', service.pid),
    ...(service.read_only ? ['--read-only'] : []),
    ...many('--cap-drop', service.cap_drop),
    ...many('--cap-add', service.cap_add),
    ...many('--security-opt', service.security_opt),
    ...many('--tmpfs', service.tmpfs),
    ...many(
      '--volume',
      service.volumes.map((volume) => volumeOf(volume, place)),
    ),
    ...many('--publish', service.ports),
    ...many(
      '--env',
      Object.entries(service.environment).map(([key, value]) => `${key}=${value}`),
    ),
    ...one('--memory', service.mem_limit),
    ...one('--restart', service.restart),
    ...one('--stop-timeout', service.stop_grace_period?.slice(0, -1)),
    ...one('--health-cmd', health?.test.slice(1).join(' ')),
    ...one('--health-interval', health?.interval),
    ...one('--health-timeout', health?.timeout),
    service.image,
    ...service.command,
  ];
}

function volumeOf(volume: string, { directory, socket }: { directory: string; socket: string }): string {
  const [source = '', ...rest] = volume.split(':');
  const real = source === '/var/run/docker.sock' ? socket : source.startsWith('./') ? join(directory, source) : source;
  return [real, ...rest].join(':');
}
