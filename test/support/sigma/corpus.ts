import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createLiterals, type Literals } from './corpus-literals.ts';
import { filterPart, type Part, type Piece, type Recipe, recipes, together } from './corpus-parts.ts';
import { createDeck, createRandom, type Random } from './corpus-random.ts';

/**
 * Rules that look like those that people write for Linux (shares of log sources, modifiers and conditions, length of lists, form of literals), in
 * any number, the same for the same seed. Their texts are made up. From the second block of 150 on nearly all literals are altered: so many
 * times the rules are so many times the predicates.
 */
export interface CorpusOptions {
  readonly seed: number;
  readonly count: number;
  /** Nearly only process starts (default), or log sources as they are shared out among all rules for Linux. */
  readonly mix?: Mix;
  /** One rule of a block has a placeholder. Default: none. */
  readonly expand?: boolean;
}

export interface GeneratedRule {
  readonly id: string;
  /** As in a rule file. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Fields of an event that the rule matches. */
  readonly example: Readonly<Record<string, string>>;
}

const blockSize = 150;

/** Rules of a block by what they ask; as many as there are in a block. */
const mixes = {
  // biome-ignore format: a table
  processes: {
    plain: 28, all: 12, double: 8, imageOnly: 14, commandOnly: 8, parent: 12, parentCommand: 6, user: 3, directory: 2, exactImage: 1,
    startswith: 6, endswith: 5, re: 7, reFlag: 1, windash: 4, wildcard: 3, base64offset: 1, base64: 1, wide: 1, fieldref: 1, expand: 0,
    auditd: 9, file: 8, network: 3, cidr: 1, keywords: 4, keywordsAll: 1,
  },
  // biome-ignore format: a table
  linux: {
    plain: 20, all: 9, double: 5, imageOnly: 10, commandOnly: 6, parent: 8, parentCommand: 4, user: 2, directory: 1, exactImage: 1,
    startswith: 3, endswith: 3, re: 4, reFlag: 1, windash: 2, wildcard: 2, base64offset: 1, base64: 1, wide: 1, fieldref: 1, expand: 0,
    auditd: 33, file: 11, network: 3, cidr: 1, keywords: 15, keywordsAll: 2,
  },
} satisfies Record<string, Record<Recipe, number>>;
type Mix = keyof typeof mixes;

const forms = {
  one: 62,
  either: 2,
  allOf: 27,
  allOfButFilters: 6,
  oneOf: 21,
  butFilter: 14,
  butFilters: 14,
  parentheses: 4,
};
type Form = keyof typeof forms;

/** The first rules of a larger corpus are those of a smaller one. */
export function generateRules({
  seed,
  count,
  mix = 'processes',
  expand = false,
}: CorpusOptions): readonly GeneratedRule[] {
  const blocks = Math.ceil(count / blockSize);
  return Array.from({ length: blocks }, (_, block) => {
    const random = createRandom(seed, block);
    const kinds = createDeck<Recipe>(mixes[mix], random);
    const conditions = createDeck<Form>(forms, random);
    return kinds.map((kind, place) => {
      const recipe = expand && place === 0 ? 'expand' : kind;
      return generateRule(recipe, conditions[place] ?? 'one', { seed, number: block * blockSize + place });
    });
  })
    .flat()
    .slice(0, count);
}

/** One file a rule, below a directory that is made; gives the directory. */
export function writeRules(directory: string, rules: readonly GeneratedRule[]): string {
  mkdirSync(directory, { recursive: true });
  for (const [index, { document }] of rules.entries())
    writeFileSync(
      join(directory, `rule-${String(index).padStart(5, '0')}.yml`),
      stringify(document, { singleQuote: true }),
    );
  return directory;
}

function generateRule(recipe: Recipe, form: Form, { seed, number }: { seed: number; number: number }): GeneratedRule {
  const random = createRandom(seed, number, 1);
  const literals = createLiterals(random, Math.floor(number / blockSize));
  const parts = recipes[recipe](literals);
  const id = uuid(random);
  const detection = detectionOf(form, {
    parts,
    another: () => together(recipes[recipe](literals)),
    filter: () => filterPart(recipe, literals).body,
  });
  return {
    id,
    document: {
      title: `Activity ${number} of ${literals.word()} by way of ${literals.rareTool()}`,
      id,
      status: random.pick(['stable', 'test', 'test', 'experimental']),
      description: describe(literals),
      author: 'Moorwatch test corpus',
      date: `2026-0${1 + random.below(9)}-${10 + random.below(18)}`,
      tags: [`attack.${random.pick(tactics)}`, `attack.t${1_000 + random.below(600)}.00${1 + random.below(9)}`],
      logsource: logSourceOf(recipe, random),
      detection,
      falsepositives: [random.pick(['Legitimate administration', 'Unknown', 'Backup jobs'])],
      level: random.pick(['low', 'medium', 'medium', 'high', 'high', 'critical']),
    },
    example: exampleOf(together(parts).example, random),
  };
}

const tactics = ['execution', 'persistence', 'discovery', 'command-and-control', 'impact', 'privilege-escalation'];

const describe = ({ word, path, rareTool }: Literals): string =>
  `Detects use of ${rareTool()} on ${path()}, which is seldom part of ${word()} and may be a step of an intrusion.`;

const uuid = ({ digits }: Random): string =>
  `${digits(8, 16)}-${digits(4, 16)}-4${digits(3, 16)}-a${digits(3, 16)}-${digits(12, 16)}`;

function logSourceOf(recipe: Recipe, { pick }: Random): Readonly<Record<string, string>> {
  const product = 'linux';
  if (recipe === 'auditd') return { product, service: 'auditd' };
  if (recipe === 'file') return { product, category: 'file_event' };
  if (recipe === 'network' || recipe === 'cidr') return { product, category: 'network_connection' };
  if (recipe === 'keywords' || recipe === 'keywordsAll')
    return pick([{ product }, { product, service: 'syslog' }, { product, service: 'sshd' }]);
  return { product, category: 'process_creation' };
}

interface Content {
  readonly parts: readonly Part[];
  another(): Part;
  filter(): Part['body'];
}

/** The first alternative is the one of which the rule's example is. */
function detectionOf(form: Form, { parts, another, filter }: Content): Readonly<Record<string, unknown>> {
  const selection = together(parts).body;
  const named = (name: string, bodies: readonly Part['body'][]): object =>
    Object.fromEntries(bodies.map((body, index) => [`${name}_${index + 1}`, body]));
  const each = named(
    'selection',
    parts.map(({ body }) => body),
  );
  switch (form) {
    case 'one':
      return { selection, condition: 'selection' };
    case 'either':
      return { selection, process: another().body, condition: 'selection or process' };
    case 'allOf':
      return { ...each, condition: 'all of selection_*' };
    case 'allOfButFilters':
      return {
        ...each,
        ...named('filter_main', [filter(), filter()]),
        condition: 'all of selection_* and not 1 of filter_main_*',
      };
    case 'oneOf':
      return { ...named('selection', [selection, another().body, another().body]), condition: '1 of selection_*' };
    case 'butFilter':
      return { selection, filter: filter(), condition: 'selection and not filter' };
    case 'butFilters':
      return { selection, ...named('filter', [filter(), filter()]), condition: 'selection and not 1 of filter_*' };
    case 'parentheses':
      return {
        selection,
        variant: another().body,
        filter: filter(),
        condition: '(selection or variant) and not filter',
      };
  }
}

/** The pieces of each field, in order. What is only the end of a path gets a directory; a process has a command line. */
function exampleOf(pieces: readonly Piece[], { pick }: Random): Readonly<Record<string, string>> {
  const fields = [...new Set(pieces.map(({ field }) => field))];
  const directory = pick(['/usr/bin', '/tmp', '/usr/local/bin']);
  const value = (field: string): string => {
    const at = (place: Piece['at']): string =>
      pieces
        .filter((piece) => piece.field === field && piece.at === place)
        .map(({ text }) => text)
        .join(' ');
    const whole = at('whole');
    if (whole !== '') return whole;
    const start = at('start') || (field.endsWith('Image') ? directory : '');
    return [start, at('in'), at('end')].join('');
  };
  const example = Object.fromEntries(fields.map((field) => [field, value(field)]));
  return example.Image === undefined ? example : { CommandLine: example.Image, ...example };
}
