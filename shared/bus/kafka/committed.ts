/** What kafkajs decodes of a fetched record, as far as we use it. */
export interface RawRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  /** A transaction marker: it has an offset, but is nobody's record. */
  readonly isControlRecord: boolean;
  readonly batchContext: {
    readonly firstOffset: string;
    readonly lastOffsetDelta: number;
    readonly producerId: string;
    readonly inTransaction: boolean;
  };
}

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/**
 * The records that count: markers and what belongs to aborted transactions left out.
 *
 * The broker lists aborted transactions in the order in which they ended, and several can overlap. They are taken up here in the order in
 * which they began; kafkajs takes them up as listed, one per record, and so hands out records of an aborted transaction that began
 * before, but ended after, another one.
 */
export function committedOnly(
  records: readonly RawRecord[],
  aborted: readonly AbortedTransaction[],
): readonly RawRecord[] {
  const upcoming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) }))
    .sort((a, b) => a.first - b.first);
  const open = new Set<string>();
  let next = 0;
  return records.filter((record) => {
    const { producerId, inTransaction } = record.batchContext;
    for (let begun = upcoming[next]; begun && begun.first <= Number(record.offset); begun = upcoming[next]) {
      open.add(begun.producerId);
      next += 1;
    }
    if (!record.isControlRecord) return !(inTransaction && open.has(producerId));
    // Key of a marker: version (int16), type (int16; 0 abort, 1 commit). KIP-98.
    if (record.key?.readInt16BE(2) === 0) open.delete(producerId);
    return false;
  });
}

/** The offset to fetch next: after the last record batch, whose end compaction may have emptied. */
export function positionAfter(records: readonly RawRecord[], position: number): number {
  return records.reduce(
    (next, { batchContext }) => Math.max(next, Number(batchContext.firstOffset) + batchContext.lastOffsetDelta + 1),
    position,
  );
}
