import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const text = z.union([z.string(), z.number()]).transform(String);
const seconds = z.string().regex(/^\d+s$/);

const healthcheckSchema = z.union([
  z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: seconds,
    timeout: seconds,
    retries: z.number().int(),
    start_period: seconds,
  }),
  z.strictObject({ disable: z.literal(true) }),
]);

/** What docker-compose.yml may say: keys of the Compose specification that `docker run` can be told too. An unknown key is an error. */
const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  profiles: z.array(z.string()).min(1),
  entrypoint: z.array(z.string()).min(1).optional(),
  command: z.array(z.string()).default([]),
  user: z.string().optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }))
    .default({}),
  environment: z.record(z.string(), text).default({}),
  secrets: z.array(z.string()).default([]),
  pid: z.literal('host').optional(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).min(1),
  ports: z.array(z.string()).default([]),
  mem_limit: z.string(),
  pids_limit: z.number().int(),
  restart: z.string(),
  stop_grace_period: seconds.optional(),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  deploy: z.strictObject({ replicas: z.number().int() }).optional(),
  healthcheck: healthcheckSchema.optional(),
});
const composeSchema = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

export type Compose = z.infer<typeof composeSchema>;
export type Service = z.infer<typeof serviceSchema>;

/** The file as YAML says it: merge keys done, variables not. */
export const composeDocument = (source: string): Record<string, unknown> =>
  parse(source, { merge: true }) as Record<string, unknown>;

/** Variables that the file names are put in (`docker compose` takes them from its environment and from .env). */
export function parseCompose(source: string, variables: Readonly<Record<string, string>> = {}): Compose {
  const document = Object.entries(composeDocument(source)).filter(([key]) => !key.startsWith('x-'));
  return composeSchema.parse(interpolated(Object.fromEntries(document), variables));
}

function interpolated(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return interpolatedText(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, variables)]));
}

/** Of the specification's forms those that the file uses: `${NAME:-otherwise}`, `${NAME:+instead}`, `$$`. @throws at any other */
function interpolatedText(value: string, variables: Readonly<Record<string, string>>): string {
  return value.replaceAll(
    /\$\$|\$\{(\w+)(:[-+])([^}]*)\}|\$/g,
    (all: string, name?: string, form?: string, word?: string): string => {
      if (all === '$$') return '$';
      if (name === undefined) throw new Error(`${value}: a form of variable that is not known here`);
      const set = variables[name] ?? '';
      if (form === ':+') return set === '' ? '' : (word ?? '');
      return set === '' ? (word ?? '') : set;
    },
  );
}

/** The services of these profiles, each after those it waits for. */
export function servicesOf(
  { services }: Compose,
  profiles: readonly string[],
): readonly (readonly [string, Service])[] {
  const wanted = Object.entries(services).filter(([, service]) =>
    service.profiles.some((one) => profiles.includes(one)),
  );
  const ordered = new Map<string, Service>();
  const put = (name: string, service: Service, above: readonly string[]): void => {
    if (above.includes(name)) throw new Error(`${name} waits for itself`);
    for (const needed of Object.keys(service.depends_on)) {
      const found = wanted.find(([other]) => other === needed);
      if (found === undefined) throw new Error(`${name} waits for ${needed}, which is in none of its profiles`);
      put(...found, [...above, name]);
    }
    ordered.set(name, service);
  };
  for (const [name, service] of wanted) put(name, service, []);
  return [...ordered];
}

export interface RunOptions {
  readonly compose: Compose;
  readonly profiles: readonly string[];
  /** Folder of the compose file: what `./` means. */
  readonly directory: string;
  /** The engine socket that stands for /var/run/docker.sock. */
  readonly socket: string;
  /** Where compose/secrets.sh put the secrets, when the profiles have any. */
  readonly secrets?: string;
}

/** One thing that `docker compose up` does: a command of docker, or waiting until a container is healthy or has done its work. */
export type Step =
  | { readonly kind: 'docker'; readonly args: readonly string[] }
  | { readonly kind: 'healthy' | 'completed'; readonly name: string };

/** What `docker compose up` comes to, in the order of `depends_on`. Containers are named as their service, the second of several `NAME-2`. */
export function composeSteps(options: RunOptions): readonly Step[] {
  const { compose, profiles } = options;
  const networks = Object.entries(compose.networks).map(([name, { internal }]) =>
    docker('network', 'create', ...(internal ? ['--internal'] : []), name),
  );
  const volumes = Object.keys(compose.volumes).map((name) => docker('volume', 'create', name));
  const waitedFor = new Set<string>();
  const services = servicesOf(compose, profiles).flatMap(([name, service]) => {
    const waits = Object.entries(service.depends_on).filter(([needed]) => !waitedFor.has(needed));
    for (const [needed] of waits) waitedFor.add(needed);
    return [...waits.map(([needed, on]) => waitingFor(needed, on)), ...runsOf(name, service, options)];
  });
  return [...networks, ...volumes, ...services];
}

const waitingFor = (name: string, { condition }: Service['depends_on'][string]): Step => ({
  kind: condition === 'service_healthy' ? 'healthy' : 'completed',
  name,
});

const docker = (...args: string[]): Step => ({ kind: 'docker', args });

/** `docker run` knows one network; the others are joined before the start. */
function runsOf(name: string, service: Service, options: RunOptions): readonly Step[] {
  const [first = '', ...more] = service.networks;
  return Array.from({ length: service.deploy?.replicas ?? 1 }, (_, n) => n).flatMap((n) => {
    const container = n === 0 ? name : `${name}-${n + 1}`;
    return [
      docker('create', '--name', container, ...argumentsOf(name, first, { service, options })),
      ...more.map((network) => docker('network', 'connect', '--alias', name, network, container)),
      docker('start', container),
    ];
  });
}

function argumentsOf(
  name: string,
  network: string,
  { service, options }: { service: Service; options: RunOptions },
): readonly string[] {
  const { entrypoint = [] } = service;
  return [
    '--network',
    network,
    '--network-alias',
    name,
    '--label',
    `com.docker.compose.service=${name}`,
    ...confinement(service),
    ...mounts(service, options),
    ...many('--publish', service.ports),
    ...many(
      '--env',
      Object.entries(service.environment).map(([key, value]) => `${key}=${value}`),
    ),
    ...one('--restart', service.restart),
    ...one('--stop-timeout', service.stop_grace_period?.slice(0, -1)),
    ...healthOf(service.healthcheck),
    ...one('--log-driver', service.logging.driver),
    ...many(
      '--log-opt',
      Object.entries(service.logging.options).map(([key, value]) => `${key}=${value}`),
    ),
    ...one('--entrypoint', entrypoint[0]),
    service.image,
    ...entrypoint.slice(1),
    ...service.command,
  ];
}

const many = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
const one = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [flag, value]);

const confinement = (service: Service): readonly string[] => [
  ...one('--user', service.user),
  ...one('--pid', service.pid),
  ...(service.read_only ? ['--read-only'] : []),
  ...many('--cap-drop', service.cap_drop),
  ...many('--cap-add', service.cap_add),
  ...many('--security-opt', service.security_opt),
  ...one('--memory', service.mem_limit),
  ...one('--pids-limit', String(service.pids_limit)),
];

const mounts = (service: Service, options: RunOptions): readonly string[] => [
  ...many('--tmpfs', service.tmpfs),
  ...many(
    '--volume',
    service.volumes.map((volume) => volumeOf(volume, options)),
  ),
  // A secret of a file is that file, mounted with its own owner and mode.
  ...many(
    '--volume',
    service.secrets.map((secret) => `${join(options.secrets ?? '', secret)}:/run/secrets/${secret}:ro`),
  ),
];

function volumeOf(volume: string, { directory, socket }: RunOptions): string {
  const [source = '', ...rest] = volume.split(':');
  const real = source === '/var/run/docker.sock' ? socket : source.startsWith('./') ? join(directory, source) : source;
  return [real, ...rest].join(':');
}

/** `docker run` can be told a command of the shell only. */
function healthOf(health: Service['healthcheck']): readonly string[] {
  if (health === undefined) return [];
  if ('disable' in health) return ['--no-healthcheck'];
  return [
    ...one('--health-cmd', health.test.slice(1).map(quoted).join(' ')),
    ...one('--health-interval', health.interval),
    ...one('--health-timeout', health.timeout),
    ...one('--health-retries', String(health.retries)),
    ...one('--health-start-period', health.start_period),
  ];
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
