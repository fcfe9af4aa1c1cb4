import { expect, it } from 'vitest';
import { createGoneTopic } from '../../../../../shared/bus/kafka/gone-topic.ts';
import { UserError } from '../../../../../shared/errors.ts';

const unknown = Object.assign(new Error('not hosted'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });

it('a topic that stays unknown is gone; one that is unknown for a moment, or in between, is not', () => {
  let now = 0;
  const judge = createGoneTopic('moorwatch.observations', () => now);
  expect(judge(unknown)).toBe(unknown);
  now = 29_000;
  expect(judge(unknown)).toBe(unknown);
  const other = new Error('away');
  expect(judge(other)).toBe(other);
  now = 40_000;
  expect(judge(unknown)).toBe(unknown);
  now = 70_000;
  const gone = judge(new Error('tried too often', { cause: unknown }));
  expect(gone).toBeInstanceOf(UserError);
  expect(gone).toMatchObject({ message: 'the brokers answer, but the topic moorwatch.observations is gone' });
});
