import { hide, reveal } from './generalise-kept.ts';
import { isRandomId, tempName } from './generalise-names.ts';

/** Longer arguments are not generalised but taken as they are: nothing in them is worth the time. */
const longest = 4_096;

/** Neither a letter nor a digit before, none after; nor a placeholder, so that what one leaves over is not taken for something of its own. */
const from = '(?<![0-9A-Za-z>])';
const to = '(?![0-9A-Za-z<])';
const time = '(?:[01]\\d|2[0-3])[:_-]?[0-5]\\d(?:[:_-]?[0-6]\\d(?:[.,_]\\d{1,9})?)?(?:Z|[+-]\\d{2}:?\\d{2})?';
const date = '(?:19|20)\\d{2}([-_.]?)(?:0[1-9]|1[0-2])\\1(?:0[1-9]|[12]\\d|3[01])';
/** 0 and 1 stay: root, the first process, off and on. */
const beyondOne = '(?!0*[01](?!\\d))';

type Replacement = (match: string, ...groups: readonly string[]) => string;

/**
 * What differs from run to run, most specific first. Each pattern begins at a boundary and has no repetition within a repetition, so all of
 * them take time in proportion to the text. Never a word, an address, a port behind an address, a right.
 */
const tokens: readonly (readonly [pattern: RegExp, replacement: Replacement])[] = [
  [/(?<=\/(?:tmp|shm)\/)[^/\s]{1,255}/g, tempName],
  [/(?<=\/)[^/\s]{5,255}(?=\/)/g, withoutVersion],
  [new RegExp(`${from}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}${to}`, 'gi'), () => '<uuid>'],
  [new RegExp(`${from}(?:0x)?(?=\\d*[a-f])(?=[a-f]*\\d)[0-9a-f]{8,128}${to}`, 'gi'), () => '<hex>'],
  // A commit as `git describe` puts it.
  [new RegExp(`(?<=-g)[0-9a-f]{7,40}${to}`, 'g'), () => '<hex>'],
  [new RegExp(`(?<![\\d>])${date}(?:[T_ .-]?${time})?(?![\\d<])`, 'g'), () => '<date>'],
  [/(?<![\w.:>])(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?(?![\w:<])/g, () => '<time>'],
  [new RegExp(`(?<=/proc/)${beyondOne}\\d+(?![\\w.<])`, 'g'), () => '<pid>'],
  [new RegExp(`${from}tmp[._-]?[A-Za-z0-9_]{6,20}${to}`, 'g'), tempName],
  [/(?<![\w>-])[\w-]{20,255}(?![\w<-])/g, (run) => (isRandomId(run) ? '<id>' : run)],
  [/(?<![0-9A-Za-z>])[0-9A-Za-z]{20,255}(?![0-9A-Za-z<])/g, (run) => (isRandomId(run) ? '<id>' : run)],
  // Too long for a port or a part of a version: a time, a serial number.
  [/(?<![0-9A-Za-z:>])(?<![\d>]\.)\d{6,}(?:\.\d+)?(?![0-9A-Za-z:<]|\.[\d<])/g, () => '<number>'],
  [/(?<=[A-Za-z])\d{9,}(?![0-9A-Za-z<])/g, () => '<number>'],
  [/(?<=[A-Za-z]\.)\d{3,}(?![\w.:<])/g, () => '<number>'],
  // By itself; not the length of a network's prefix.
  [
    new RegExp(`(?<![\\w.:>])(?<!(?:\\.\\d{1,3}|:[0-9a-f]{0,4})/)${beyondOne}\\d+(?![\\w:<]|\\.[\\d<])`, 'g'),
    () => '<number>',
  ],
];

/** Most arguments have nothing of the kind. */
const mayVary = /\d|tmp|\/shm\//;

const placeholder = '(?:uuid|hex|date|time|pid|temp|id|number|version|\\*)';
const likePlaceholder = new RegExp(`<('*)(?=${placeholder}>)`, 'g');

/**
 * Text that somebody else chose, so that nothing in it passes for a placeholder: `<pid>` → `<'pid>`, `<'pid>` → `<''pid>`. Different texts
 * stay different.
 */
export const escapeLiteral = (text: string): string => text.replace(likePlaceholder, "<'$1");

/**
 * An argument with everything that changes from run to run replaced by its type: `/tmp/tmp.X1k9aQ` → `/tmp/<temp>`. The name of an option, the
 * top level of every path in it, hosts, and what is a right stay as they are (generalise-kept.ts); what looks like a placeholder is escaped.
 */
export const generalise = (argument: string): string => generaliseAll([argument])[0] ?? '';

/** The same of all arguments of a program: which rights and hosts are in one may be told by another, or by the program. */
export function generaliseAll(args: readonly string[], program = ''): readonly string[] {
  const escaped = args.map(escapeLiteral);
  if (!escaped.some((text) => mayVary.test(text))) return escaped;
  const hidden = hide(escaped, program);
  return escaped.map((text, at) => {
    const rest = hidden?.[at] ?? '';
    return text.length > longest || !mayVary.test(rest) ? text : reveal(withoutTokens(rest));
  });
}

const withoutTokens = (text: string): string =>
  tokens.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);

/** The path of an executable, generalised: its directory, never its name, because a program is its name. */
export function generaliseExecutable(path: string): string {
  const name = path.lastIndexOf('/') + 1;
  return `${generalise(path.slice(0, name))}${escapeLiteral(path.slice(name))}`;
}

/** A directory with a version of three parts in its name, as `app-1.2.3`, `v1.2.3-rc.1` or `6.8.0-45-generic`; an address has four. */
function withoutVersion(directory: string): string {
  return directory.replace(/(^|[-_])v?\d{1,5}\.\d{1,5}\.\d{1,9}(?:[-+~_][\w.+~-]{0,64})?$/, '$1<version>');
}
