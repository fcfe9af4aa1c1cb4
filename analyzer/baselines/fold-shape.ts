/**
 * What an item says, piece by piece, so that many that differ in one place can fold into one (fold.ts). Pieces that are shown, joined, are the
 * item's text; equal pieces are equal keys. Text that somebody else chose comes generalised or escaped, so that nobody writes `<*>` himself.
 */
export interface Piece {
  readonly text: string;
  /**
   * A workload may vary here. Never so: whatever says of privilege (user, root or not, capabilities), a program's own name, a command or an
   * option, the top of a path. A fold covers only what has a free piece at the same place and is equal everywhere else.
   */
  readonly free?: boolean;
  /** Part of the key, not of the text. */
  readonly hidden?: boolean;
}

/** Components of a path that never fold, and so not what is the top level of anything. */
const fixedComponents = 2;
/** A name of a file: nothing that leads elsewhere, no placeholder cut in half, nothing that a shell reads. */
const fileName = /^(?!\.{1,2}$)(?:[\w.+,@~:%=-]|<[a-z]+>){1,255}$/u;

/** Where a path begins anew, what comes next is a top level, or a host: `/data:/srv/x`, `/proc/<pid>/root/x`, `/dev/tcp/x`. */
const beginsAnew = /[:=,@]\/|^\/proc\/(?:[^/]+\/){1,3}(?:root|cwd)(?:\/|$)|\/dev\/(?:tcp|udp)\//;

/**
 * The pieces of a path, generalised: each component below the second may fold, the last one not when it is a `program` itself, because a
 * program is its name. A path that goes up somewhere (`..`) does not fold at all.
 */
export function pathPieces(path: string, { program = false } = {}): readonly Piece[] {
  const components = path.split('/');
  const first = path.startsWith('/') ? 1 : 0;
  const isPlain = !beginsAnew.test(path) && components.every((component, at) => at < first || fileName.test(component));
  if (!isPlain || components.length - first <= fixedComponents) return [{ text: path }];
  return components.flatMap((text, at): Piece[] => {
    const isFree = at >= first + fixedComponents && !(program && at === components.length - 1);
    const slash = at === 0 ? [] : [{ text: '/' }];
    return [...slash, isFree ? { text, free: true } : { text }];
  });
}

/** The text of pieces, for people. */
export const textOfPieces = (pieces: readonly Piece[]): string => pieces.map(shownText).join('');

export const shownText = ({ text, hidden }: Piece): string => (hidden === true ? '' : text);
