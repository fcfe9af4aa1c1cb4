import type { Random } from './corpus-random.ts';
import {
  codePieces,
  directories,
  domains,
  everydayTools,
  extensions,
  fileNames,
  longFlags,
  notableTools,
  shortFlags,
  subcommands,
  words,
} from './corpus-words.ts';

/** Makes the texts of one rule. In copies of the corpus (`block` above 0) nearly all of them are altered, so that they are new predicates. */
export interface Literals {
  readonly random: Random;
  /** Name of a program. */
  tool(): string;
  /** Of one that no host has: for rules that ask for nothing else. */
  rareTool(): string;
  /** A directory, without a slash at its end. */
  directory(): string;
  path(): string;
  domain(): string;
  /** IPv4, of 16 bits. */
  network(): string;
  word(): string;
  extension(): string;
  /** Part of a command line. */
  piece(): string;
  /** A short part that many command lines have; only good together with others. */
  common(): string;
  /** As many different ones as a list in a rule has. */
  list(make: () => string, sizes?: readonly number[]): readonly string[];
}

/** Values per key, as lists in rules tend to be: many short, a few long. */
export const usualSizes = [1, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 26, 40];
export const shortSizes = [1, 1, 1, 1, 2, 2, 3, 4, 6, 10];

const alteredShare = 0.9;

export function createLiterals(random: Random, block: number): Literals {
  const { pick, chance, below, digits } = random;
  const new_ = (text: string): string => (block > 0 && chance(alteredShare) ? altered(text, random) : text);
  const directory = (): string => new_(pick(directories));
  const path = (): string => {
    const name = new_(pick(fileNames));
    return `${pick(directories)}/${chance(0.4) ? `${new_(pick(words))}${pick(extensions)}` : name}`;
  };
  const domain = (): string => `${chance(0.7) ? `${new_(pick(words))}.` : ''}${new_(pick(domains))}`;
  const rareTool = (): string => altered(pick(notableTools), random);
  const tool = (): string => {
    // The programs of every day are those of every copy, too.
    if (chance(0.2)) return pick(everydayTools);
    return chance(0.25) ? rareTool() : new_(pick(notableTools));
  };
  const pieces: readonly (() => string)[] = [
    path,
    path,
    () => `${new_(pick(notableTools))} ${pick(subcommands)} `,
    () => `${new_(pick(notableTools))} ${pick(shortFlags)} ${new_(pick(words))}`,
    () => `--${new_(pick(longFlags))}${pick([' ', '=', ''])}`,
    () => new_(pick(codePieces)),
    () => new_(pick(codePieces)),
    () => `${pick(['http://', 'https://', 'tcp://', '@', ''])}${domain()}`,
    () => `${new_(pick(words))}${pick(['_', '-', '.', '/', '='])}${new_(pick(words))}`,
    () => `${pick(directories)}/.${new_(pick(words))}`,
    () => `${new_(pick(words))}${1 + below(64)}${pick(extensions)}`,
    () => ` ${pick(shortFlags)} ${new_(pick(fileNames))}`,
    () => `${digits(1 + below(2), 10)}.${digits(2, 10)}.${digits(2, 10)}.${1 + below(250)}:${1_024 + below(60_000)}`,
  ];
  const common = (): string =>
    chance(0.5)
      ? ` ${pick(shortFlags)} `
      : pick(['http', '/tmp/', ' --', ' && ', '"', '/etc/', '.sh', '/var/', '$', '=']);
  return {
    random,
    tool,
    rareTool,
    directory,
    path,
    domain,
    network: () => `198.${below(256)}.0.0/16`,
    word: () => new_(pick(words)),
    extension: () => pick(extensions),
    piece: () => pick(pieces)(),
    common,
    list: (make, sizes = usualSizes) => [...new Set(Array.from({ length: pick(sizes) }, make))],
  };
}

const vowels = Array.from('aeiou');
const consonants = Array.from('bdfgklmnprstvz');

/** Other letters in up to half of the places of the letters: as long, and as much like a word. What is too short gets a syllable more. */
function altered(text: string, { below, pick }: Random): string {
  const places = [...text.matchAll(/[a-z]/g)].map(({ index }) => index);
  if (places.length < 4) return `${text}${pick(consonants)}${pick(vowels)}${pick(consonants)}`;
  const characters = Array.from(text);
  for (let left = Math.max(1, Math.floor(places.length / 2)); left > 0 && places.length > 0; left -= 1) {
    const [place = 0] = places.splice(below(places.length), 1);
    characters[place] = pick(vowels.includes(characters[place] ?? '') ? vowels : consonants);
  }
  return characters.join('');
}
