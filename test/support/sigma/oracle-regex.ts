/**
 * The regular expressions that the generator writes, as JavaScript's: `.` leaves out line feeds only, `^` and `$` are the ends of the text or,
 * with m, of a line that a line feed ends, classes are ASCII. @throws SyntaxError for what is no expression
 */
export function regexOf(source: string, flags: string): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(source);
  const on = new Set(flags + (inline?.[1] ?? ''));
  const body = source.slice(inline?.[0].length ?? 0);
  let inClass = false;
  const translated = body.replace(/\\.|\[|\]|[.^$]/gsu, (part) => {
    if (part === '[') inClass = true;
    if (part === ']') inClass = false;
    return translate(part, { inClass, lines: on.has('m'), dotAll: on.has('s') });
  });
  return new RegExp(translated, on.has('i') ? 'iu' : 'u');
}

const word = '[0-9A-Za-z_]';

function translate(
  part: string,
  { inClass, lines, dotAll }: { readonly inClass: boolean; readonly lines: boolean; readonly dotAll: boolean },
): string {
  const classes = new Map([
    ['\\d', '0-9'],
    ['\\w', '0-9A-Za-z_'],
    ['\\s', '\\t\\n\\f\\r '],
  ]);
  const members = classes.get(part);
  if (members !== undefined) return inClass ? members : `[${members}]`;
  if (inClass) return part;
  if (part === '\\b') return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
  if (part === '.') return dotAll ? '[^]' : '[^\\n]';
  if (part === '^') return lines ? '(?:^|(?<=\\n))' : '^';
  if (part === '$') return lines ? '(?:$|(?=\\n))' : '$';
  return part;
}
