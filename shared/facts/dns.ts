/**
 * What a process of a container asked the DNS for, on observations of kind `dns`. The name is the container's: it is escaped where it is read
 * (collector/kernel/dns-question.ts), and nobody says that it exists.
 */
export interface DnsFacts {
  readonly question: {
    /**
     * In lower case, without the dot at its end; `.`: the root. Bytes that are not printed are `\DDD`, a dot within a label is `\.` (RFC 1035
     * section 5.1). At most 253 characters: of a longer one the end, behind `…`.
     */
    readonly name: string;
    /** `A`, `AAAA`, `TXT`, …; `TYPE65280` where it has no name (RFC 3597). */
    readonly type: string;
    /** The labels at its end that say whose it is: `example.com`, `example.co.uk`; all of a name that has no more. */
    readonly domain?: string;
    /** Characters of the name. */
    readonly length?: number;
    /** Of the characters left of the domain without dots, bits each (Shannon), two decimals; 0: there are none. */
    readonly entropy?: number;
  };
  /** The container asked so often for the same since it was last told. */
  readonly untold?: number;
}
