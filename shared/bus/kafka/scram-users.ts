import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Broker } from 'kafkajs';
import type { KafkaEndpoint } from './client.ts';
import { openCluster } from './cluster.ts';
import { within } from './deadline.ts';

/** Somebody who logs in by SCRAM-SHA-512. */
export interface ScramUser {
  readonly name: string;
  readonly password: string;
}

const limitMs = 30_000;
const iterations = 8_192;
const sha512Bytes = 64;

/**
 * Makes the users, or gives those that are there these passwords. The cluster gets salted hashes, never a password. (The request is ours:
 * kafkajs has none for it.)
 * @throws Error with what the cluster answers
 */
export async function setScramUsers(endpoint: KafkaEndpoint, users: readonly ScramUser[]): Promise<void> {
  const changes = await Promise.all(users.map(upsertion));
  const { client, cluster } = openCluster(endpoint, 'brief');
  const ask = async (): Promise<readonly Refused[]> => {
    await cluster.connect();
    await cluster.refreshMetadata();
    const { connectionPool } = (await cluster.findControllerBroker()) as SendingBroker;
    return await connectionPool.send(alterScramCredentials(changes));
  };
  try {
    const [refused] = await within(limitMs, ask());
    if (refused !== undefined)
      throw new Error(`the user ${refused.user} could not be made: ${refused.reason} (error ${refused.code})`);
  } finally {
    client.close();
  }
}

/** What kafkajs keeps to itself of a broker. */
interface SendingBroker extends Broker {
  readonly connectionPool: { send<T>(question: Question<T>): Promise<T> };
}

interface Question<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): { readonly buf: Buffer; readonly buffer: Buffer };
  };
  readonly response: { decode(answer: Buffer): object; parse(decoded: object): T };
}

interface Refused {
  readonly user: string;
  readonly code: number;
  readonly reason: string;
}

/** AlterUserScramCredentials, version 0. What is before its body ends with tags, of which there are none: kafkajs writes headers without. */
function alterScramCredentials(changes: readonly Buffer[]): Question<readonly Refused[]> {
  const buffer = Buffer.concat([noTags, count(0), count(changes.length), ...changes, noTags]);
  return {
    request: {
      apiKey: 51,
      apiVersion: 0,
      apiName: 'AlterUserScramCredentials',
      encode: () => ({ buf: buffer, buffer }),
    },
    response: { decode: refusedIn, parse: (refused) => refused as readonly Refused[] },
  };
}

/** One user as the request holds it. */
async function upsertion({ name, password }: ScramUser): Promise<Buffer> {
  const salt = randomBytes(32);
  const salted = await promisify(pbkdf2)(password.normalize('NFKC'), salt, iterations, sha512Bytes, 'sha512');
  const scramSha512 = Buffer.from([2]);
  const rounds = Buffer.alloc(4);
  rounds.writeInt32BE(iterations);
  return Buffer.concat([compact(Buffer.from(name)), scramSha512, rounds, compact(salt), compact(salted), noTags]);
}

const noTags = Buffer.from([0]);
/** An unsigned varint of one more than there is: zero stands for null. */
const count = (length: number): Buffer => {
  if (length + 1 >= 16_384) throw new RangeError(`${length} is more than this request holds`);
  return length + 1 < 128 ? Buffer.from([length + 1]) : Buffer.from([((length + 1) & 0x7f) | 0x80, (length + 1) >> 7]);
};
const compact = (bytes: Buffer): Buffer => Buffer.concat([count(bytes.length), bytes]);

/** Reads the answer: tags of the header, throttle time, and for each user its error. */
function refusedIn(answer: Buffer): readonly Refused[] {
  let at = noTags.length + 4;
  const length = (): number => {
    const [low = 0, high = 0] = answer.subarray(at, at + 2);
    at += low < 128 ? 1 : 2;
    return (low < 128 ? low : (low & 0x7f) | (high << 7)) - 1;
  };
  const text = (): string => {
    const bytes = Math.max(0, length());
    at += bytes;
    return answer.toString('utf8', at - bytes, at);
  };
  const results = Array.from({ length: length() }, (): Refused => {
    const user = text();
    const code = answer.readInt16BE(at);
    at += 2;
    const reason = text();
    at += noTags.length;
    return { user, code, reason };
  });
  return results.filter(({ code }) => code !== 0);
}
