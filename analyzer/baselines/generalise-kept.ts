import { isFile } from './generalise-files.ts';
import { between, keepsRights, rightsOf } from './generalise-rights.ts';

/**
 * What of a command never becomes a placeholder, whatever it looks like, because it says what the command may do: the top level of every path,
 * hosts, rights and owners, the names of options. A command is looked at as one text, so that what its words are about is told once. What must
 * stay is hidden while the rest is generalised: its letters and digits are moved into the private use area, where no pattern knows them.
 */
const hidden = /[\ue030-\ue07a]/g;
const reserved = /[\ue000-\ue07f]/;
const offset = 0xe000;

/** What might become a placeholder, by what is in a name. */
const remarkable = /\d|tmp.|-g[0-9a-f]{7}/i;

/** Slashes, and steps that lead nowhere or up, so that what comes next may be at the top. */
const slashes = String.raw`\/(?:\.{0,2}\/)*`;
/** A component of a path within a script: blanks are escaped. */
const component = String.raw`(?:\\[^\ue000]|[^/\s\ue000\\])*`;
const option = String.raw`--?[A-Za-z][\w.-]*=?`;
/** What stands before a path, an address or a word, and is no part of it. */
const before = String.raw`\s\ue000"'\x60=:,;|&()<>@{}\[\]!#$^*?\\`;

/** Of an argument: the name of an option, and the top level of a path, whatever is in it. */
const head = new RegExp(`(?<=^|\\ue000)(?:${option})?(?:${slashes}[^/\\ue000]*)?`, 'g');
/** Wherever else a path begins or begins anew, its top level; of a URL, whom it leads to. */
const tops = new RegExp(
  [
    // Of all but the web, the first component is at the top of the other side.
    String.raw`(?<![\w+.-])(?!https?:|wss?:)[a-z][\w+.-]{0,32}:\/\/[^/\s\ue000]*\/+${component}`,
    String.raw`(?<=[\s\ue000"'\x60;|&(])${option}(?:${slashes}${component})?`,
    String.raw`(?<=["'])${slashes}[^/"'\ue000]*`,
    String.raw`(?<=[${before}]|\$\w{1,64})${slashes}${component}`,
    String.raw`(?<=^|[${before}/])\.\.\/(?:\.{0,2}\/)*${component}`,
    // The root of another process is a top, too, and an address may be the name of a file of the shell's.
    String.raw`(?<=\/proc\/(?:[\w<>'-]{1,32}\/){1,3}(?:root|cwd))\/+(?:\.{0,2}\/)*${component}`,
    String.raw`(?<=\/dev\/(?:tcp|udp))\/[^\s\ue000]*`,
  ].join('|'),
  'gi',
);

/** Names of hosts by their last label, which is not the ending of a file's name. */
const names = /(?<![\w./%~+-])(?:[\w-]{1,63}\.){1,32}(?:[A-Za-z]{2,24}|xn--[\w-]{1,59})(?![\w-]|\.\w)/g;
/** Addresses and hosts by what stands around them: `user@`, a port behind, an IPv4 address in hexadecimal parts. */
const places = new RegExp(
  [
    String.raw`(?<=[\w>]@)[\w.-]+`,
    String.raw`(?<=^|[${before}])(?!(?:19|20)\d\d-?\d\d)(?=[\w.-]*[A-Za-z])[\w.-]{1,255}(?=:\d{1,5}(?![\w.:-]))`,
    String.raw`(?<![\w.])0x[\da-f]{1,8}(?:\.(?:0x)?[\da-f]{1,8}){1,3}(?![\w.])`,
  ].join('|'),
  'gi',
);

/**
 * The arguments of a program with what must stay hidden; undefined where all must, because somebody else's text looks hidden, or because they are decoded:
 * what looks drawn at random may be a command then.
 */
export function hide(texts: readonly string[], program: string): readonly string[] | undefined {
  if (texts.some((text) => reserved.test(text))) return undefined;
  const of = rightsOf([program, ...texts]);
  if (of.decodes) return undefined;
  const kept = texts
    .join(between)
    .replace(head, hideComponents)
    .replace(tops, hideComponents)
    .replace(names, (name) => (isFile(name, of.reaches) ? name : hideComponents(name)))
    .replace(places, hideComponents);
  return keepsRights(kept, of, hideComponents).split(between);
}

/** A text as it was. */
export const reveal = (text: string): string => text.replace(hidden, (one) => shifted(one, -offset));

const hideComponents = (text: string): string =>
  remarkable.test(text)
    ? text.replace(/[^/]+/g, (part) => (remarkable.test(part) ? part.replace(/[0-9A-Za-z]/g, hideOne) : part))
    : text;
const hideOne = (one: string): string => shifted(one, offset);
const shifted = (one: string, by: number): string => String.fromCharCode(one.charCodeAt(0) + by);
