import { type Finding, fail, ok, warn } from './check.ts';
import type { EngineAnswer } from './engine-request.ts';

/** API versions that the collector speaks. */
const oldestApi = '1.41';

/** A GET that the collector makes, and what is not seen without it. */
const needed: readonly { path: string; without: string; required: boolean }[] = [
  { path: '/version', without: 'the version of the engine', required: false },
  { path: '/info', without: 'facts of the daemon', required: false },
  { path: '/containers/json?limit=1', without: 'the list of containers', required: true },
  { path: '/containers/moorwatch-doctor/json', without: 'the configuration of containers', required: true },
  { path: '/events?since=1&until=2', without: 'events', required: true },
  { path: '/exec/moorwatch-doctor/json', without: 'user, terminal and privileges of `docker exec`', required: false },
  { path: '/volumes/moorwatch-doctor', without: 'host paths hidden in volumes', required: false },
  { path: '/networks/moorwatch-doctor', without: 'addresses of networks', required: false },
  { path: '/images/moorwatch-doctor/json', without: 'facts of images', required: false },
  { path: '/images/json', without: 'names of images that moved while the collector was away', required: false },
  { path: '/containers/moorwatch-doctor/changes', without: 'files that were changed in containers', required: false },
  { path: '/plugins/moorwatch-doctor/json', without: 'privileges of plugins', required: false },
];

export type Ask = (path: string) => Promise<EngineAnswer>;

/** Looks at one engine address: reachable, permitted, of a version that is spoken, and which requests a proxy lets through. */
export async function checkEngine(address: string, ask: Ask): Promise<readonly Finding[]> {
  let ping: EngineAnswer;
  try {
    ping = await ask('/_ping');
  } catch (error) {
    return [unreachable(address, error)];
  }
  if (ping.status !== 200)
    return [
      fail(
        'engine',
        `${address} answers ${ping.status} to /_ping`,
        'check that this is a Docker engine or a proxy to one that allows PING',
      ),
    ];
  const version = ping.headers['api-version'];
  return [ok('engine', `${address} answers`), checkApi(version), ...(await checkRequests(ask))];
}

function checkApi(version: string | undefined): Finding {
  if (version === undefined)
    return warn(
      'API',
      'the version is not told (a proxy removes the header Api-Version)',
      'let the header through; the oldest version is assumed',
    );
  const number = (text: string): number => Number(text.split('.')[1]);
  return number(version) >= number(oldestApi)
    ? ok('API', `version ${version}`)
    : fail('API', `version ${version} is older than ${oldestApi}`, 'use Docker Engine 20.10 or newer');
}

/** Names that do not exist are asked for: 404 means that the request got through to the engine, 403 that a proxy holds it back. */
async function checkRequests(ask: Ask): Promise<readonly Finding[]> {
  const answers = await Promise.all(
    needed.map(async (need) => ({
      ...need,
      status: await ask(need.path).then(
        (answer) => answer.status,
        () => 0,
      ),
    })),
  );
  const held = answers.filter(({ status }) => status === 0 || status === 401 || status === 403 || status >= 500);
  if (held.length === 0) return [ok('requests', 'every request that the collector makes gets through')];
  return held.map(({ path, without, required, status }) => {
    const text = `GET ${path.replace(/[?].*/, '')} is held back (${status === 0 ? 'no answer' : status}): ${without} cannot be seen`;
    const fix = 'allow it in the socket proxy; all requests are listed in docs/collector.md';
    return required ? fail('requests', text, fix) : warn('requests', text, fix);
  });
}

function unreachable(address: string, error: unknown): Finding {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 'ENOENT':
      return fail(
        'engine',
        `there is no socket at ${address}`,
        'start Docker, or name the right address with --engine',
      );
    case 'EACCES':
    case 'EPERM':
      return fail(
        'engine',
        `${address} may not be opened by this user`,
        'run as root or as a member of the group docker, or use a socket proxy',
      );
    case 'ECONNREFUSED':
      return fail(
        'engine',
        `nobody answers at ${address}`,
        'start Docker (systemctl start docker), or name the right address with --engine',
      );
    default:
      return fail(
        'engine',
        `${address} cannot be reached: ${message}`,
        'check the address and the network, or name another with --engine',
      );
  }
}
