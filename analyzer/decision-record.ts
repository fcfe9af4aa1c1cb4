import type { BusRecord } from '../shared/bus/port.ts';
import { placeOf } from '../shared/bus/rejection.ts';
import { type Decision, decisionHeader, decisionSchema, decisionVersion } from '../shared/decision.ts';
import { MalformedError, messageOf } from '../shared/errors.ts';

/** Reads a decision from its record. @throws MalformedError when it is none, or of a version that we would misread */
export function readDecision(record: BusRecord): Decision {
  const place = placeOf(record);
  const version = record.headers[decisionHeader];
  if (version !== decisionVersion) {
    throw new MalformedError(
      `decision of version ${JSON.stringify(version?.slice(0, 40))}; this analyzer obeys version ${decisionVersion}`,
      { place },
    );
  }
  const parsed = decisionSchema.safeParse(jsonIn(record, place));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new MalformedError(`not a decision: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`, {
    place,
  });
}

function jsonIn({ value }: BusRecord, place: string): unknown {
  try {
    return JSON.parse(value ?? '');
  } catch (error) {
    throw new MalformedError(`decision is not JSON: ${messageOf(error)}`, { place, cause: error });
  }
}
