import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

export interface Claim {
  readonly member: string;
  readonly owned: readonly number[];
}

/**
 * Shares partitions out evenly, and leaves them where they are as far as that allows: moving one costs a restore of its state.
 * @returns partitions by member
 */
export function share(partitions: readonly number[], claims: readonly Claim[]): ReadonlyMap<string, readonly number[]> {
  const free = new Set(partitions);
  const least = Math.floor(partitions.length / claims.length);
  let extras = partitions.length % claims.length;
  const shares = [...claims]
    .sort((a, b) => (a.member < b.member ? -1 : 1))
    .map(({ member, owned }) => {
      // What two members claim (one of them was thrown out without knowing) goes to the first.
      const kept = owned.filter((partition) => free.has(partition));
      const extra = kept.length > least && extras > 0 ? 1 : 0;
      extras -= extra;
      const mine = kept.slice(0, least + extra);
      for (const partition of mine) free.delete(partition);
      return { member, mine };
    });
  for (const partition of free)
    shares.reduce((fewest, one) => (one.mine.length < fewest.mine.length ? one : fewest)).mine.push(partition);
  return new Map(shares.map(({ member, mine }) => [member, mine]));
}

/** The kafkajs assigner for `share`: members say what they own when they join, the group's leader shares out one topic. */
export function stickyAssigner(topic: string, owned: () => readonly number[]): PartitionAssigner {
  return ({ cluster }) => ({
    name: 'moorwatch-sticky',
    version: 1,
    protocol: ({ topics }) => ({
      name: 'moorwatch-sticky',
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: 1,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
    assign: ({ members }) => {
      const claims = members.map(({ memberId, memberMetadata }) => ({
        member: memberId,
        owned: parseOwned(AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData),
      }));
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const assigned = [
        ...share(
          partitions.sort((a, b) => a - b),
          claims,
        ),
      ].map(([memberId, mine]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 1,
          assignment: { [topic]: [...mine] },
          userData: Buffer.alloc(0),
        }),
      }));
      return Promise.resolve(assigned);
    },
  });
}

function parseOwned(userData: Buffer | undefined): number[] {
  try {
    const owned: unknown = JSON.parse(userData?.toString() ?? '');
    return Array.isArray(owned) ? owned.filter((one) => typeof one === 'number') : [];
  } catch {
    return [];
  }
}
