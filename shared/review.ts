/**
 * Why something that was learned should be looked at once: seen in one or two slots of time near the end of learning; by one of several replicas
 * alone; only at hours of the day at which hardly anything else was seen.
 */
export const reviewReasons = ['late', 'alone', 'night'] as const;
export type ReviewReason = (typeof reviewReasons)[number];

const texts: Readonly<Record<ReviewReason, string>> = {
  late: 'seen seldom, and only when learning was about to end',
  alone: 'shown by one replica alone',
  night: 'seen only at hours at which hardly anything else was',
};

/** The reasons in words, in an order that is always the same. */
export const reviewTexts = (why: readonly ReviewReason[]): readonly string[] =>
  reviewReasons.filter((reason) => why.includes(reason)).map((reason) => texts[reason]);
