/** What grows in place where it is learned, and is only read elsewhere. */
export type Growing<Of> = { -readonly [Name in keyof Of]: Of[Name] };
