import { clip } from '../../shared/clip.ts';
import type { EvidenceActor } from '../../shared/evidence.ts';
import type { CreatorFacts } from '../../shared/facts/creator.ts';
import type { Observation } from '../../shared/observation.ts';

/**
 * Who did it, as far as it can be known. The engine does not say which client asked it: where a container probably did, that is told with how sure it is;
 * otherwise it was somebody with access to the engine.
 */
export function actorOf(
  observation: Observation,
  named: { readonly container?: string },
): readonly [string, EvidenceActor] | undefined {
  const found = execActor(observation) ?? creationActor(observation) ?? processActor(observation);
  if (found === undefined) return undefined;
  const actor = { ...found, what: clip(found.what, 300), who: clip(found.who, 300), ...named };
  return [JSON.stringify(actor), { ...actor, at: observation.at, count: 1 }];
}

type Found = Pick<EvidenceActor, 'what' | 'who' | 'certainty'>;

function execActor({ exec, event }: Observation): Found | undefined {
  if (exec === undefined || event.action !== 'exec_start' || exec.is_healthcheck) return undefined;
  const as = exec.user ? `, run as ${exec.user}` : '';
  return { what: `exec ${exec.command}${as}`, ...by(exec.creator) };
}

const creationActor = ({ container, snapshot, event }: Observation): Found | undefined =>
  snapshot?.object === 'container' && event.action === 'create'
    ? { what: 'made the container', ...by(container?.creator) }
    : undefined;

const processActor = ({ process, exec }: Observation): Found | undefined =>
  process?.origin === 'entered' && exec === undefined
    ? {
        what: `entered the container as process ${process.pid ?? '?'}`,
        who: `a process of the host${ofLogin(process.login_user)}`,
        certainty: 'observed',
      }
    : undefined;

/** The kernel remembers as whom a person logged in, whatever rights were taken since. */
const ofLogin = (user: { readonly id?: number } | undefined): string =>
  user?.id === undefined ? '' : `, begun in a login of user ${user.id}`;

const by = (creator: CreatorFacts | undefined): Pick<Found, 'who' | 'certainty'> =>
  creator === undefined
    ? { who: 'somebody with access to the engine', certainty: 'unknown' }
    : { who: `container ${creator.name} (${creator.image})`, certainty: creator.certainty };
