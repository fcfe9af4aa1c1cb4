import type { z } from 'zod';
import type { BusRecord } from './bus/port.ts';
import { placeOf } from './bus/rejection.ts';
import { clip } from './clip.ts';
import { type Decision, type DecisionAnswer, decisionHeader, decisionVersion, summaryOfOrder } from './decision.ts';
import type { Done } from './decision-done.ts';
import { MalformedError, messageOf } from './errors.ts';

/**
 * Reads a decision of the kind that a stage obeys from its record.
 * @throws MalformedError when it is none, or of a version that we would misread
 */
export function readDecision<T extends Decision>(record: BusRecord, schema: z.ZodType<T>): T {
  const place = placeOf(record);
  const version = record.headers[decisionHeader];
  if (version !== decisionVersion) {
    throw new MalformedError(
      `decision of version ${JSON.stringify(version?.slice(0, 40))}; only version ${decisionVersion} is obeyed here`,
      { place },
    );
  }
  const parsed = schema.safeParse(jsonIn(record, place));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new MalformedError(`not a decision: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`, {
    place,
  });
}

/** The answer of the stage that obeyed, or did not. @param at log time, ms */
export function answerOf(
  { id, at: madeAt, host, actor, reason, order }: Decision,
  {
    result,
    text,
    features,
    successor,
  }: Pick<DecisionAnswer, 'result' | 'text' | 'successor'> & { readonly features?: readonly Done[] },
  at: number,
): DecisionAnswer {
  const made = { at: madeAt, actor, reason, order: summaryOfOrder(order) };
  const answer = {
    result,
    text,
    ...(features && { features: [...features] }),
    ...(successor !== undefined && { successor }),
  };
  return { type: 'answer', decision: id, at, host: { id: host.id, name: clip(host.name, 256) }, ...answer, made };
}

function jsonIn({ value }: BusRecord, place: string): unknown {
  try {
    return JSON.parse(value ?? '');
  } catch (error) {
    throw new MalformedError(`decision is not JSON: ${messageOf(error)}`, { place, cause: error });
  }
}
