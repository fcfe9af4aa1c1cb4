/**
 * Header of a record in `incidents` that is an update told before, once more for one sink (`sinks retry`); its value is the sink's name. Everybody
 * else passes it over.
 */
export const againHeader = 'moorwatch-again';
