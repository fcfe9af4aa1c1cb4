import { setTimeout as wait } from 'node:timers/promises';
import {
  concat,
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  from,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  startWith,
} from 'rxjs';
import { MalformedError, UnavailableError } from '../../shared/errors.ts';
import type { HostRef, Observation } from '../../shared/observation.ts';
import type { EngineClient } from '../engine/client.ts';
import type { FeedItem } from '../engine/feed.ts';
import { parseEngineInfo, parseEngineVersion } from '../engine/inspect-parse.ts';
import type { Sensor } from '../sensor.ts';
import { groupChange } from './daemon/accounts.ts';
import { type FoundFile, findFiles, hashFile, readAccounts } from './daemon/files.ts';
import { engineFacts } from './daemon/info.ts';
import { type DaemonNote, fileChanges, type NotedFiles, parseNote, placesNow } from './daemon/note.ts';
import { daemonSnapshot, fileChanged, groupChanged, reloaded, snapshotObservations } from './daemon/observations.ts';
import { packagedAmong } from './daemon/packages.ts';
import { reloadFacts, type Settings, settingsIn, settingsOf } from './daemon/settings.ts';

export interface DaemonOptions {
  readonly feed$: Observable<FeedItem>;
  /** The host's / as this process sees it; empty: files and groups are not looked at. */
  readonly rootfs: string;
  /** Between two looks. */
  readonly everyMs: number;
  /** So often it is asked whether a look is due. */
  readonly turnMs?: number;
  /** After so long a change that is not its package's is looked at once more: dpkg writes its lists after the files. */
  readonly confirmMs?: number;
  /** Of the connection that there is now; another one after each restart of the engine. */
  client(): EngineClient | undefined;
  host(): HostRef | undefined;
  /** Path of the engine's socket, if it has one. */
  engineSocket(): string | undefined;
  /** What was kept of this host. */
  recall(): unknown;
  /** Keeps it, behind everything that was told so far. */
  remember(note: DaemonNote): void;
  now(): number;
}

const defaultTurnMs = 500;
const defaultConfirmMs = 10_000;
/** An engine that did not answer is asked again after so long. */
const againMs = 5_000;

/** The engine itself, its programs, its configuration and who may talk to it: at each connection, after a reload, and every so often. */
export function createDaemonSensor(options: DaemonOptions): Sensor {
  return {
    name: 'daemon',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => {
      const looks = createLooks(options);
      return merge(
        options.feed$.pipe(mergeMap((item) => looks.heard(item))),
        interval(options.turnMs ?? defaultTurnMs).pipe(
          startWith(0),
          map(() => looks.due()),
          filter((look) => look !== undefined),
          exhaustMap((look) => look),
        ),
      );
    },
  };
}

/** A look that is due, and what an event of the engine tells by itself. */
function createLooks(options: DaemonOptions) {
  const { now, everyMs, recall } = options;
  let settings: Settings | undefined;
  let connection: EngineClient | undefined;
  let dueAt = Number.NEGATIVE_INFINITY;
  let told = '';

  const look = (client: EngineClient, host: HostRef): Observable<Observation> =>
    defer(async () => {
      const found = await takeLook(client, options);
      dueAt = now() + (found === undefined ? againMs : everyMs);
      if (found === undefined) return EMPTY;
      const before = parseNote(recall());
      // What is known wins: a reload that happened meanwhile is compared with what held before it.
      settings = { ...found.settings, ...(settings ?? before?.settings) };
      const at = Math.trunc(now());
      const isNew = connection !== client || found.snapshot.hash !== told;
      connection = client;
      told = found.snapshot.hash;
      const action = before === undefined ? 'present' : 'poll';
      const snapshot = isNew ? snapshotObservations(found.snapshot, { host, at, action }) : [];
      return concat(from(snapshot), changesSince(before, found, { ...options, at, whose: host, settings }));
    }).pipe(concatMap((told$) => told$));

  return {
    due(): Observable<Observation> | undefined {
      const [client, host] = [options.client(), options.host()];
      if (client === undefined || host === undefined) return undefined;
      return client !== connection || now() >= dueAt ? look(client, host) : undefined;
    },
    /** DMN-06 */
    heard(item: FeedItem): readonly Observation[] {
      if (item.kind !== 'event') return [];
      const { type, action, attributes, at, nano } = item.prepared.event;
      if (type !== 'daemon' || action !== 'reload') return [];
      const before = settings ?? parseNote(recall())?.settings ?? {};
      const now = settingsIn(attributes);
      settings = { ...before, ...now };
      dueAt = Number.NEGATIVE_INFINITY;
      return [reloaded(reloadFacts(before, now), { host: item.host, at, nano })];
    },
  };
}

type Look = NonNullable<Awaited<ReturnType<typeof takeLook>>>;

async function ask(client: EngineClient) {
  const [info, version] = await Promise.all([client.info(), client.version()]);
  return [
    parseEngineInfo(info, 'engine answer to GET /info'),
    parseEngineVersion(version, 'engine answer to GET /version'),
  ] as const;
}

/** undefined: the engine did not answer, or not in a way that can be read. It is asked again. */
async function takeLook(client: EngineClient, { rootfs, engineSocket }: DaemonOptions) {
  const answers = await ask(client).catch((error: unknown) => {
    if (error instanceof UnavailableError || error instanceof MalformedError) return undefined;
    throw error;
  });
  if (answers === undefined) return undefined;
  const [info, version] = answers;
  const [files, accounts] =
    rootfs === '' ? [[], undefined] : await Promise.all([findFiles(rootfs, engineSocket()), readAccounts(rootfs)]);
  const snapshot = daemonSnapshot(engineFacts(info, version), { files, accounts });
  return { snapshot, files, accounts, settings: settingsOf(info) };
}

interface Since extends DaemonOptions {
  readonly whose: HostRef;
  readonly at: number;
  readonly settings: Settings;
}

/** DMN-07, DMN-08: what differs from what was kept; then the new state is kept. */
function changesSince(before: DaemonNote | undefined, look: Look, options: Since): Observable<Observation> {
  return defer(async () => {
    const note = await noteOf(before, look, options);
    const observations = await changed(before, note, { ...look, ...options });
    const keep = defer(() => {
      if (before === undefined || JSON.stringify(before) !== JSON.stringify(note)) options.remember(note);
      return EMPTY;
    });
    return concat(from(observations), keep);
  }).pipe(concatMap((told$) => told$));
}

async function noteOf(
  before: DaemonNote | undefined,
  { files, accounts }: Look,
  { rootfs, settings }: Since,
): Promise<DaemonNote> {
  const noted = rootfs === '' ? before?.files : await hashed(files, before?.files ?? {}, rootfs);
  const members = accounts?.docker?.members ?? before?.members;
  return {
    places: placesNow,
    ...(noted === undefined ? {} : { files: noted }),
    ...(members === undefined ? {} : { members: [...members] }),
    settings: { ...settings },
  };
}

async function changed(
  before: DaemonNote | undefined,
  now: DaemonNote,
  { files, rootfs, whose: host, at, confirmMs = defaultConfirmMs }: Look & Since,
): Promise<readonly Observation[]> {
  const kinds = new Map(files.map(({ path, kind }) => [path, kind]));
  const changes = before?.files && now.files ? fileChanges(before.files, now.files, before.places === now.places) : [];
  const group = before?.members && now.members && groupChange('docker', before.members, now.members);
  const packaged = await packagedAmong(changes, { rootfs, pause: () => wait(confirmMs, undefined, { ref: false }) });
  return [
    ...changes.map((change) => {
      const kind = kinds.get(change.path) ?? 'configuration';
      return fileChanged(change, { kind, packaged: packaged.has(change.path) }, { host, at });
    }),
    ...(group === undefined ? [] : [groupChanged(group, { host, at })]),
  ];
}

/** One after the other, and only those that may have changed: some are large. */
async function hashed(files: readonly FoundFile[], before: NotedFiles, rootfs: string): Promise<NotedFiles> {
  const noted: Record<string, NotedFiles[string]> = {};
  for (const { path, kind, isDirectory, signature } of files) {
    if (isDirectory || kind === 'socket') continue;
    const known = before[path];
    const hash = known?.signature === signature ? known.hash : await hashFile(rootfs, path);
    noted[path] = { signature, hash };
  }
  return noted;
}
