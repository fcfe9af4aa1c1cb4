import { type Literals, shortSizes } from './corpus-literals.ts';
import { everydayTools, users } from './corpus-words.ts';

/** Part of the value of a field in an event that is to satisfy a rule. */
export interface Piece {
  readonly field: string;
  readonly at: 'whole' | 'start' | 'in' | 'end';
  readonly text: string;
}

/** A search identifier, or some keys of one, and what an event has that satisfies it. */
export interface Part {
  readonly body: Readonly<Record<string, unknown>> | readonly string[];
  readonly example: readonly Piece[];
}

/** What `%names%` stand for in rules with placeholders. */
export const placeholders: Readonly<Record<string, readonly string[]>> = { admins: ['ops-anna', 'ops-ben', 'ops-c*'] };

const escaped = (text: string): string => text.replace(/[*?\\]/g, '\\$&');

function placeOf(key: string): Piece['at'] {
  if (key.includes('|contains')) return 'in';
  if (key.includes('|startswith')) return 'start';
  return key.includes('|endswith') ? 'end' : 'whole';
}

/** One key with texts; `sampleOf` tells how one of them looks in an event. */
function item(
  key: string,
  texts: readonly string[],
  { sampleOf = (text: string) => text, isPattern = false } = {},
): Part {
  const values = isPattern ? texts : texts.map(escaped);
  const [field = ''] = key.split('|');
  const isAll = key.includes('|all');
  const chosen = isAll ? texts : texts.slice(0, 1);
  const body = { [key]: values.length === 1 && !isAll ? values[0] : values };
  return { body, example: chosen.map((text) => ({ field, at: placeOf(key), text: sampleOf(text) })) };
}

const many = (l: Literals, key: string, make: () => string): Part => item(key, l.list(make));
const few = (l: Literals, key: string, make: () => string): Part => item(key, l.list(make, shortSizes));

/** Keys of one map; they are different ones. */
export function together(parts: readonly Part[]): Part {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  return {
    body: Object.fromEntries(parts.flatMap(({ body }) => Object.entries(body))),
    example: parts.flatMap(({ example }) => example),
  };
}

const image = (l: Literals, field = 'Image'): Part => few(l, `${field}|endswith`, () => `/${l.tool()}`);
const rareImage = (l: Literals): Part => many(l, 'Image|endswith', () => `/${l.rareTool()}`);
const command = (l: Literals): Part => many(l, 'CommandLine|contains', l.piece);
/** All of them; now and then such as each many have, but hardly ever together. */
function commandAll({ random, piece, common }: Literals): Part {
  const third = random.chance(0.4) ? common : piece;
  return item('CommandLine|contains|all', [...new Set([common(), random.chance(0.5) ? common() : piece(), third()])]);
}
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A pattern and a text in which it is found. */
function regex({ word, rareTool, random }: Literals): readonly [pattern: string, sample: string] {
  const name = word();
  const program = rareTool().replace(/\W/g, '');
  return random.pick([
    [String.raw`/(?:tmp|dev/shm)/\.[a-z0-9]{4,12}/${name}`, `/tmp/.${random.digits(8, 16)}/${name}`],
    [String.raw`${program}\s+(-[a-z]+\s+)*--${name}[= ]\S+`, `${program} -v --${name}=x`],
    [String.raw`${name}\d{2,5}\.(sh|py|pl)`, `${name}42.sh`],
    [String.raw`\b${name}=["']?[A-Za-z0-9+/]{20,}`, `${name}=${'QUJD'.repeat(6)}`],
    [String.raw`${program}\s.{0,40}\|\s*(ba|da)?sh\b`, `${program} -q x | bash`],
    [String.raw`${name}\(\s*['"]/bin/(ba|da|z)?sh`, `${name}("/bin/sh`],
    [String.raw`(?:[0-9]{1,3}\.){3}[0-9]{1,3}[:/ ]+${name}`, `192.0.2.7:${name}`],
  ] as const);
}

function regexItem(l: Literals, flag = ''): Part {
  const [pattern, sample] = regex(l);
  const found = flag === '' ? sample : sample.toUpperCase();
  return {
    body: { [`CommandLine|re${flag}`]: pattern },
    example: [{ field: 'CommandLine', at: 'in', text: found }],
  };
}

/** A dash, and a slash in the event. */
const dashed = (l: Literals): Part =>
  item(
    'CommandLine|contains|windash',
    l.list(() => ` -${l.word()} `, shortSizes),
    {
      sampleOf: (text) => text.replace('-', '/'),
    },
  );

/** Wildcards inside a value. */
function wildcard(l: Literals): Part {
  const [directory, name, extension] = [l.directory(), l.word(), l.extension()];
  const pattern = `*${directory}/*${name}??${extension}*`;
  return item('CommandLine', [pattern], {
    isPattern: true,
    sampleOf: () => `x ${directory}/a/${name}01${extension} y`,
  });
}

function sameImage(l: Literals): Part {
  const own = image(l);
  const parent = own.example.map((piece) => ({ ...piece, field: 'ParentImage' }));
  return together([own, { body: { 'ParentImage|fieldref': 'Image' }, example: parent }]);
}

const auditTypes: readonly ((l: Literals) => readonly Part[])[] = [
  (l) => [item('type', ['EXECVE']), few(l, 'a0', () => l.tool()), few(l, 'a1|contains', l.piece)],
  (l) => [item('type', ['EXECVE']), few(l, 'a0|endswith', () => `/${l.tool()}`)],
  (l) => [item('type', ['PATH']), few(l, 'name', l.path)],
  (l) => [item('type', ['PATH']), few(l, 'name|startswith', () => `${l.path()}/`)],
  (l) => [item('type', ['EXECVE']), many(l, 'a2|contains', l.piece)],
  (l) => [item('type', ['SYSCALL']), item('exe|endswith', [`/${l.tool()}`]), item('key', [`${l.word()}_${l.word()}`])],
];

/** Kinds of rules, each with the keys of one search identifier. */
export const recipes = {
  plain: (l: Literals) => [image(l), command(l)],
  all: (l: Literals) => [image(l), commandAll(l)],
  double: (l: Literals) => [image(l), commandAll(l), command(l)],
  imageOnly: (l: Literals) => [rareImage(l)],
  commandOnly: (l: Literals) => [command(l)],
  parent: (l: Literals) => [image(l, 'ParentImage'), image(l)],
  parentCommand: (l: Literals) => [few(l, 'ParentCommandLine|contains', l.piece), command(l)],
  user: (l: Literals) => [image(l), command(l), item('User', [l.random.pick(users)])],
  directory: (l: Literals) => [image(l), few(l, 'CurrentDirectory|contains', l.directory)],
  exactImage: (l: Literals) => [few(l, 'Image', () => `${l.directory()}/${l.rareTool()}`), command(l)],
  startswith: (l: Literals) => [image(l), few(l, 'CommandLine|startswith', () => `${l.rareTool()} ${l.piece()}`)],
  endswith: (l: Literals) => [image(l), few(l, 'CommandLine|endswith', () => ` ${l.path()}`)],
  re: (l: Literals) => [image(l), regexItem(l)],
  reFlag: (l: Literals) => [regexItem(l, '|i')],
  windash: (l: Literals) => [image(l), dashed(l)],
  wildcard: (l: Literals) => [wildcard(l)],
  base64offset: (l: Literals) => [
    item('CommandLine|base64offset|contains', l.list(l.piece, shortSizes), { sampleOf: (text) => base64(`x${text}y`) }),
  ],
  base64: (l: Literals) => [item('CommandLine|base64|contains', l.list(l.piece, shortSizes), { sampleOf: base64 })],
  wide: (l: Literals) => [
    item('CommandLine|wide|base64offset|contains', l.list(l.piece, shortSizes), {
      sampleOf: (text) => Buffer.from(`x${text}y`, 'utf16le').toString('base64'),
    }),
  ],
  fieldref: (l: Literals) => [sameImage(l), command(l)],
  expand: (l: Literals) => [
    image(l),
    item('User|expand', ['%admins%'], { isPattern: true, sampleOf: () => 'ops-carla' }),
  ],
  auditd: (l: Literals) => l.random.pick(auditTypes)(l),
  file: (l: Literals) => [
    few(l, `TargetFilename|${l.random.pick(['contains', 'contains', 'startswith'])}`, () => `${l.directory()}/`),
    few(l, 'TargetFilename|endswith', () => `${l.word()}${l.extension()}`),
  ],
  network: (l: Literals) => [
    item('Initiated', ['true']),
    many(l, 'DestinationHostname|contains', l.domain),
    few(l, 'DestinationPort', () => String(1_024 + l.random.below(60_000))),
  ],
  cidr: (l: Literals) => [
    image(l),
    item('DestinationIp|cidr', l.list(l.network, shortSizes), { sampleOf: (text) => text.replace('0/16', '9') }),
  ],
  keywords: (l: Literals) => [keywords(l.list(() => `${l.word()} ${l.piece()}`))],
  keywordsAll: (l: Literals) => [allKeywords([l.word(), l.piece()])],
} satisfies Record<string, (l: Literals) => readonly Part[]>;

export type Recipe = keyof typeof recipes;

function keywords(texts: readonly string[], needed = 1): Part {
  const example = texts.slice(0, needed).map((text): Piece => ({ field: 'Message', at: 'in', text }));
  return { body: texts.map(escaped), example };
}

function allKeywords(texts: readonly string[]): Part {
  const { body, example } = keywords(texts, texts.length);
  return { body: { '|all': body }, example };
}

/** What a rule leaves out, in words that no selection and no everyday event has. */
export function filterPart(recipe: Recipe, l: Literals): Part {
  const name = (): string => `${l.word()}-${l.word()}-agent`;
  if (recipe === 'keywords' || recipe === 'keywordsAll') return keywords([`${name()} expected`]);
  if (recipe === 'auditd') return few(l, 'exe|endswith', () => `/${name()}`);
  if (recipe === 'file' || recipe === 'network') return few(l, 'Image|endswith', () => `/${name()}`);
  return l.random.pick([
    () => few(l, 'ParentImage|endswith', () => `/${name()}`),
    () => few(l, 'ParentImage|endswith', () => `/${l.random.pick(everydayTools)}-${name()}`),
    () => few(l, 'CommandLine|endswith', () => ` --${name()}`),
    () => few(l, 'CommandLine|contains', () => `--${name()}`),
    () => together([item('User', [`svc-${l.word()}`]), item('ParentCommandLine|contains', [name()])]),
    (): Part => ({ body: { CommandLine: null }, example: [] }),
    (): Part => ({ body: { CommandLine: '' }, example: [] }),
  ])();
}
