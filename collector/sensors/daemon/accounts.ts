import type { GroupFacts } from '../../../shared/facts/daemon.ts';

export interface Group {
  readonly gid: number;
  readonly members: readonly string[];
}

const mostMembers = 1_000;

/** Who belongs to a group: those that /etc/group lists, and those whose own group it is by /etc/passwd. */
export function groupIn(group: string, passwd: string, name: string): Group | undefined {
  const [, , gid, members = ''] =
    rows(group).find(([first, , id]) => first === name && /^\d{1,10}$/.test(id ?? '')) ?? [];
  if (gid === undefined) return undefined;
  const own = rows(passwd).flatMap(([user, , , primary]) => (user && primary === gid ? [user] : []));
  const all = [...members.split(',').map((member) => member.trim()), ...own].filter(Boolean);
  return { gid: Number(gid), members: [...new Set(all)].sort().slice(0, mostMembers) };
}

export const groupName = (group: string, gid: number): string | undefined =>
  rows(group).find(([, , id]) => id === String(gid))?.[0];

const rows = (text: string): readonly (readonly string[])[] => text.split('\n').map((line) => line.split(':'));

/** DMN-08; undefined: it has the members that it had. */
export function groupChange(name: string, before: readonly string[], now: readonly string[]): GroupFacts | undefined {
  const gained = now.filter((member) => !before.includes(member));
  const lost = before.filter((member) => !now.includes(member));
  if (gained.length + lost.length === 0) return undefined;
  return { name, members: now, ...(gained.length > 0 && { gained }), ...(lost.length > 0 && { lost }) };
}
