import type { BusRecord, ReadRange } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Evidence } from '../../shared/evidence.ts';
import type { Incident } from '../../shared/incident.ts';
import { evidenceBaseline } from '../evidence/beyond-baseline.ts';
import { createCollecting } from '../evidence/collect.ts';
import { containerIds } from '../evidence/whose.ts';
import { baselinesOf, readBaselines } from './baselines.ts';
import type { LogToRead } from './log-questions.ts';
import { readable } from './readable.ts';

/** Between two pages others are served. */
const pageSize = 100;
/** What reaches the log so much later than it happened is not looked for. */
const latestMs = 600_000;

/** What the log still has of `minutes` before the incident opened until as long after its last change; bounded, and read when it is asked for. */
export async function readEvidence(
  log: LogToRead,
  incident: Incident,
  { minutes, startsApart }: { readonly minutes: number; readonly startsApart?: boolean | undefined },
): Promise<Evidence> {
  const margin = minutes * 60_000;
  const window = { from: incident.openedAt - margin, to: incident.updatedAt + margin };
  const collecting = createCollecting(incident, window);
  const host = incident.host.id;
  const tells = tellsOf(incident);
  const takeIf =
    (isWanted: (text: string) => boolean) =>
    ({ value }: BusRecord) => {
      const observation = value !== null && isWanted(value) ? readable(value) : undefined;
      if (observation !== undefined) collecting.take(observation);
    };
  await readHost(log, { host, from: { logged: window.from }, to: window.to + latestMs }, takeIf(tells));
  // A container that ran long before is known from what was read then.
  if (!collecting.isConfigured())
    await readHost(
      log,
      { host, from: 'oldest', to: window.from },
      takeIf((text) => text.includes('"kind":"container_configuration"') && tells(text)),
    );
  const oldest = await oldestOf(log, host);
  const { workload } = incident;
  const known = workload === undefined ? [] : baselinesOf(await readBaselines(log, startsApart), workload.id);
  const baselines = known.filter((one) => one.host.id === host).map((one) => evidenceBaseline(one, window));
  return collecting.evidence({ baselines, oldest });
}

/** Most records are of others: those are not parsed. */
function tellsOf(incident: Incident): (text: string) => boolean {
  const { workload, host } = incident;
  const own = containerIds(incident);
  const ids = own.length === 0 ? [host.id] : [...own, ...(workload === undefined ? [] : [workload.id])];
  const needles = ['"kind":"gap"', ...ids.map((id) => JSON.stringify(id))];
  return (text) => needles.some((needle) => text.includes(needle));
}

/** All of a host is in one partition, in the order of `logged`. */
async function readHost(
  log: LogToRead,
  { host, from, to }: { readonly host: string; readonly from: ReadRange['from']; readonly to: number },
  take: (record: BusRecord) => void,
): Promise<void> {
  for await (const { records } of log.read(topic.observations, { from, follow: false, pageSize }))
    for (const record of records) {
      if (record.key !== host) continue;
      if (record.logged >= to) return;
      take(record);
    }
}

/** When the oldest record of a host was logged, ms. */
async function oldestOf(log: LogToRead, host: string): Promise<number | undefined> {
  for await (const { records } of log.read(topic.observations, { from: 'oldest', follow: false, pageSize })) {
    const first = records.find(({ key }) => key === host);
    if (first !== undefined) return first.logged;
  }
  return undefined;
}
