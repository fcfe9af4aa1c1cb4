import type { KafkaEndpoint } from '../../shared/bus/kafka/client.ts';
import type { Answer, Right } from '../../shared/bus/kafka/rights.ts';
import { type Finding, fail, ok, warn } from './check.ts';
import { keyOf, type NeedsOfPart } from './kafka-parts.ts';

export interface RightsTold {
  readonly parts: readonly NeedsOfPart[];
  /** By key of the right. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly endpoint: Pick<KafkaEndpoint, 'brokers' | 'sasl' | 'ssl'>;
}

/**
 * Per part, whether this user may do what it needs. Where it may do all that one part needs, what others lack is to know only: each part
 * may have a user of its own.
 */
export function rightsFindings({ parts, answers, endpoint }: RightsTold): readonly Finding[] {
  const told = parts.map(({ part, rights }) => {
    const having = (answer: Answer): readonly Right[] => rights.filter((right) => answers.get(keyOf(right)) === answer);
    return { part, denied: having('denied'), unknown: having('unknown') };
  });
  const served = told.some(({ denied, unknown }) => denied.length === 0 && unknown.length === 0);
  return told.flatMap(({ part, denied, unknown }) => {
    const open = unknown.map(({ on, name, operation }) => `${operation} ${on} ${name}`).join(', ');
    const untested =
      unknown.length === 0
        ? []
        : [
            warn(
              'kafka rights',
              `${part}: could not be tested: ${open}`,
              'look whether all brokers run, and ask again',
            ),
          ];
    if (denied.length === 0)
      return unknown.length > 0 ? untested : [ok('kafka rights', `${part}: this user may do all that it needs`)];
    const lacking = grouped(denied).map((rights) => {
      const what = `may not ${rights[0]?.operation} ${rights[0]?.on} ${rights.map(shown).join(', ')}`;
      const fix = aclCommand(endpoint, rights) + (served ? ` (only if the ${part} runs as this user)` : '');
      return (served ? warn : fail)('kafka rights', `${part}: this user ${what}`, fix);
    });
    return [...lacking, ...untested];
  });
}

/** One transactional id stands for those of all partitions. */
const shown = ({ on, name }: Right): string => (on === 'transactional-id' ? `${beginning(name)}*` : name);
const beginning = (name: string): string => name.replace(/\d+$/, '');

/** Those that one command can give. */
function grouped(rights: readonly Right[]): readonly (readonly Right[])[] {
  const groups = new Map<string, Right[]>();
  for (const right of rights) {
    const key = `${right.on} ${right.operation}`;
    groups.set(key, [...(groups.get(key) ?? []), right]);
  }
  return [...groups.values()];
}

const operations = { DESCRIBE: 'Describe', READ: 'Read', WRITE: 'Write', IDEMPOTENT_WRITE: 'IdempotentWrite' } as const;

function aclCommand({ brokers, sasl, ssl }: RightsTold['endpoint'], rights: readonly Right[]): string {
  const [first] = rights;
  if (first === undefined) return '';
  const certificate = ssl?.cert === undefined ? 'User:ANONYMOUS' : "'User:the name in our certificate'";
  const principal = sasl === undefined ? certificate : quoted(`User:${sasl.username}`);
  const head = `kafka-acls.sh --bootstrap-server ${brokers.join(',')} --add --allow-principal ${principal}`;
  return `${head} --operation ${operations[first.operation]} ${resourcesOf(first.on, rights)}`;
}

/** For a shell that the command is pasted into. */
const quoted = (text: string): string =>
  /^[\w:.@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

function resourcesOf(on: Right['on'], rights: readonly Right[]): string {
  if (on === 'cluster') return '--cluster';
  // One id a partition, so all that begin alike.
  if (on === 'transactional-id') {
    const ids = rights.map(({ name }) => `--transactional-id ${beginning(name)}`);
    return `${ids.join(' ')} --resource-pattern-type prefixed`;
  }
  return rights.map(({ name }) => `--${on} ${name}`).join(' ');
}
