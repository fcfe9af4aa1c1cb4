import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withAdmin } from '../../../shared/bus/kafka/admin.ts';
import type { KafkaEndpoint } from '../../../shared/bus/kafka/client.ts';
import { makeCertificates } from '../certificates.ts';

/**
 * - `admin`: everything
 * - `moorwatch`: what all parts of Moorwatch together need, under the topic prefix `moorwatch.`
 * - `worker`: the same without creating topics and without seeing their settings
 * - `nobody`: known, but without any right
 * - `collector`, `analyzer`, `alerting`: likewise, for tests that give them theirs
 */
export type User = (typeof users)[number];

const users = ['admin', 'moorwatch', 'worker', 'nobody', 'collector', 'analyzer', 'alerting'] as const;

export interface Secured {
  /** SASL over TLS: host:port */
  readonly saslAddress: string;
  /** TLS with a certificate of the client: host:port */
  readonly mtlsAddress: string;
  /** Paths of PEM files. `stranger` is an authority that the broker does not know, and that did not sign its certificate. */
  readonly files: Readonly<Record<'ca' | 'clientCert' | 'clientKey' | 'stranger', string>>;
  /** The client certificate is of the user `moorwatch`. */
  endpoint(how: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'mtls', user?: User): Promise<KafkaEndpoint>;
  password(user: User): string;
  /** Changes the password of a user for PLAIN, from the broker's next start on. */
  setPassword(user: User, password: string): Promise<void>;
  /** Rights that Kafka calls ALLOW, for tests that take or give one. */
  allow(user: string, right: Right): Promise<void>;
  revoke(user: string, right: Right): Promise<void>;
}

export interface Right {
  readonly on: 'topic' | 'group' | 'cluster' | 'transactional-id';
  readonly name: string;
  readonly prefixed: boolean;
  readonly operation: keyof typeof operations;
}

/** Numbers of Kafka's protocol. */
const operations = { READ: 3, WRITE: 4, CREATE: 5, DESCRIBE: 8, DESCRIBE_CONFIGS: 10, IDEMPOTENT_WRITE: 12 } as const;
const resources = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 } as const;
const [literal, prefixed] = [3, 4];
const allowed = 3;

const prefix = 'moorwatch.';

/** Makes keys and certificates in the broker's directory, and says what the broker is to be started with. */
export async function secure(
  dir: string,
  ports: { plain: number; sasl: number; mtls: number },
): Promise<{
  secured: Secured;
  properties: Readonly<Record<string, string>>;
  formatArguments: readonly string[];
  /** Gives the users their rights; the broker runs. */
  grant(): Promise<void>;
}> {
  await makeKeystore(dir);
  const password = (user: User): string => `${user}-secret`;
  const at = (port: number): string => `127.0.0.1:${port}`;
  const files = {
    ca: join(dir, 'ca.pem'),
    clientCert: join(dir, 'client.pem'),
    clientKey: join(dir, 'client.key'),
    stranger: join(dir, 'stranger.pem'),
  };
  const open = { brokers: [at(ports.plain)], clientId: 'test' };
  const acl = (user: string, right: Right) => ({
    resourceType: resources[right.on],
    resourceName: right.name,
    resourcePatternType: right.prefixed ? prefixed : literal,
    principal: `User:${user}`,
    host: '*',
    operation: operations[right.operation],
    permissionType: allowed,
  });
  const allowAll = (rights: readonly { user: string; right: Right }[]): Promise<unknown> =>
    withAdmin(open, (admin) => admin.createAcls({ acl: rights.map(({ user, right }) => acl(user, right)) as never }));
  return {
    secured: {
      saslAddress: at(ports.sasl),
      mtlsAddress: at(ports.mtls),
      files,
      password,
      async endpoint(how, user = 'moorwatch') {
        const ca = await readFile(files.ca);
        if (how !== 'mtls') {
          const sasl = { mechanism: how, username: user, password: password(user) };
          return { brokers: [at(ports.sasl)], clientId: 'test', ssl: { ca }, sasl };
        }
        const [cert, key] = await Promise.all([readFile(files.clientCert), readFile(files.clientKey)]);
        return { brokers: [at(ports.mtls)], clientId: 'test', ssl: { ca, cert, key } };
      },
      setPassword: async (user, next) => {
        const path = join(dir, 'extra.properties');
        const lines = await readFile(path, 'utf8');
        await writeFile(path, lines.replace(new RegExp(`user_${user}="[^"]*"`), `user_${user}="${next}"`));
      },
      allow: async (user, right) => void (await allowAll([{ user, right }])),
      revoke: async (user, right) =>
        void (await withAdmin(open, (admin) => admin.deleteAcls({ filters: [acl(user, right)] as never }))),
    },
    properties: securityProperties(ports, password),
    formatArguments: users.flatMap((user) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${user},password=${password(user)}]`,
      ]),
    ),
    grant: async () => {
      const rights = [
        ...neededRights.map((right) => ({ user: 'moorwatch', right })),
        ...neededRights.filter(isWork).map((right) => ({ user: 'worker', right })),
      ];
      await allowAll(rights);
    },
  };
}

const onTopics = (operation: Right['operation']): Right => ({ on: 'topic', name: prefix, prefixed: true, operation });

/** As docs/bus.md lists them. */
const neededRights: readonly Right[] = [
  ...(['READ', 'WRITE', 'DESCRIBE', 'CREATE', 'DESCRIBE_CONFIGS'] as const).map(onTopics),
  { on: 'group', name: prefix, prefixed: true, operation: 'READ' },
  { on: 'transactional-id', name: prefix, prefixed: true, operation: 'WRITE' },
];

const isWork = ({ operation }: Right): boolean => operation !== 'CREATE' && operation !== 'DESCRIBE_CONFIGS';

function securityProperties(
  ports: { plain: number; sasl: number; mtls: number },
  password: (user: User) => string,
): Readonly<Record<string, string>> {
  const module = (name: string): string => `org.apache.kafka.common.security.${name}`;
  const scram = `${module('scram.ScramLoginModule')} required;`;
  const logins = users.map((user) => `user_${user}="${password(user)}"`).join(' ');
  const clients = `PLAINTEXT://127.0.0.1:${ports.plain},SASL_SSL://127.0.0.1:${ports.sasl},SSL://127.0.0.1:${ports.mtls}`;
  return {
    listeners: `${clients},CONTROLLER://127.0.0.1:${ports.plain + 1}`,
    'advertised.listeners': clients,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512,PLAIN',
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${module('plain.PlainLoginModule')} required ${logins};`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': 'keystore.pem',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': 'ca.pem',
    'ssl.principal.mapping.rules': 'RULE:^CN=(.*?)$/$1/',
    'listener.name.ssl.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:admin',
  };
}

/** The certificates, and keystore.pem (key, then certificate) of the broker. */
async function makeKeystore(dir: string): Promise<void> {
  await makeCertificates(dir, { server: 'broker', names: 'IP:127.0.0.1' });
  await writeFile(join(dir, 'keystore.pem'), await readFile(join(dir, 'broker.key')), { mode: 0o600 });
  await appendFile(join(dir, 'keystore.pem'), await readFile(join(dir, 'broker.pem')));
}
