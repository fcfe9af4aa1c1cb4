import { clip } from '../../shared/clip.ts';
import { suggest } from '../../shared/config/suggest.ts';
import type { BaselineOrder } from '../../shared/decision.ts';
import type { HostRef, WorkloadRef } from '../../shared/observation.ts';
import { hostWorkload } from '../../shared/workload.ts';
import { readBaselines } from './baselines.ts';
import type { LogQuestions } from './log-questions.ts';
import type { Problem } from './problem.ts';

type Import = Extract<BaselineOrder, { type: 'import' }>;

/** Why a profile is not taken for a workload: its host has not shown it, so that a mistyped id would make a baseline that nobody uses. */
export async function importProblem(
  { workload: id, workloadName }: Pick<Import, 'workload' | 'workloadName'>,
  host: HostRef,
  questions: LogQuestions,
): Promise<Problem | undefined> {
  if (id === hostWorkload(host).id) return undefined;
  const views = await questions.ask((log) => readBaselines(log));
  const here = new Map(views.flatMap((view) => (view.host.id === host.id ? [[view.workload.id, view.workload]] : [])));
  if (here.has(id)) return undefined;
  const known = [...here.values()];
  const meant = meantBy({ id, name: workloadName }, known);
  return {
    status: 404,
    code: 'unknown-workload',
    message: `${clip(host.name, 80)} has not shown a workload of the id ${clip(id, 80)}`,
    fix: `${meant === undefined ? 'take the id from GET /api/v1/baselines' : `did you mean ${meant.id} (${clip(meant.name, 80)})?`}; where it shall be pinned before it is seen, send "meant": true beside the order`,
  };
}

/** By its id mistyped, by its name instead of its id, or by the name that the order gives it. */
function meantBy({ id, name }: WorkloadRef, known: readonly WorkloadRef[]): WorkloadRef | undefined {
  const ids = known.map((one) => one.id);
  const names = known.map((one) => one.name);
  const nearId = suggest(id, ids);
  const called = [id, name].find((one) => names.includes(one)) ?? suggest(name, names);
  return known.find((one) => one.id === nearId) ?? known.find((one) => one.name === called);
}
