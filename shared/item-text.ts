import { clip } from './clip.ts';

/** Longest text of an item that is kept, in UTF-16 units. */
const longestText = 200;

/** The text of an item as a baseline keeps it, which is how it is found there. */
export const keptText = (text: string): string => clip(text, longestText);
