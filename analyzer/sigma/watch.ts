import { constants, type FSWatcher, watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { prepareRules } from './load-prepare.ts';
import type { LoadedRules, RuleLoader } from './reload.ts';
import { type FoundRules, isRuleName, pictureOf } from './watch-files.ts';

export interface WatchOptions {
  readonly loader: RuleLoader;
  /** What was loaded before the watch began. */
  readonly since: FoundRules;
  took(loaded: LoadedRules): void;
  failed(error: unknown): void;
  /** Files that this process may not read (it gave up root): a change of them would not be seen whole. Told once. */
  unreadable(files: readonly string[]): void;
  /** Nothing has to have moved for so long (default 500 ms), but nobody waits longer than `mostMs` (default 5,000 ms). */
  readonly quietMs?: number;
  readonly mostMs?: number;
  /** The directories are looked at so often (default 10,000 ms) even when the system tells of no change: not every file system does. */
  readonly lookEveryMs?: number;
}

const restMs = 1_000;

export interface Watching {
  /** Resolves when what was under way is over. */
  stop(): Promise<void>;
}

/** Follows the files of a loader: what changed is loaded when it has come to rest, one load at a time. */
export function watchRules(options: WatchOptions): Watching {
  const { loader, took, failed, quietMs = 500, mostMs = 5_000, lookEveryMs = 10_000 } = options;
  const bell = createBell();
  const watchers = createWatchers(bell.ring);
  let taken = pictureOf(options.since);

  /** Editors and git write many files: look until two looks see the same. */
  const comeToRest = async (first: FoundRules): Promise<FoundRules> => {
    let found = first;
    for (let waited = 0; waited < mostMs && !bell.isStopped(); waited += quietMs) {
      await bell.pause(quietMs);
      const again = await loader.find();
      if (pictureOf(again) === pictureOf(found)) return again;
      found = again;
    }
    return found;
  };
  const look = async (): Promise<void> => {
    const found = await loader.find();
    watchers.follow(found.directories);
    // Whatever rang may ring again at once, and a look at thousands of files is not for nothing.
    if (pictureOf(found) === taken) return bell.pause(restMs);
    const rested = await comeToRest(found);
    if (bell.isStopped()) return;
    watchers.follow(rested.directories);
    // Also when it fails: the same files would fail again.
    taken = pictureOf(rested);
    const loaded = await loader.load(rested);
    await prepareRules(loaded.set);
    took(loaded);
  };
  const run = async (): Promise<void> => {
    const unreadable = await withoutAccess(options.since);
    if (unreadable.length > 0) options.unreadable(unreadable);
    while (!bell.isStopped()) {
      await look().catch(failed);
      await bell.wait(lookEveryMs);
    }
  };
  const running = run();
  return {
    async stop() {
      bell.stop();
      watchers.close();
      await running;
    },
  };
}

async function withoutAccess({ files, placeholders }: FoundRules): Promise<readonly string[]> {
  const checked = await Promise.all(
    [...files, ...(placeholders === undefined ? [] : [placeholders])].map(({ path }) =>
      access(path, constants.R_OK).then(
        () => [],
        () => [path],
      ),
    ),
  );
  return checked.flat();
}

/** Pauses that end early. */
function createBell() {
  let rung = false;
  let stopped = false;
  let wake: () => void = () => undefined;
  let end: () => void = () => undefined;
  const sleep = (ms: number, take: (resolve: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      take(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  return {
    ring: (): void => {
      rung = true;
      wake();
    },
    isStopped: (): boolean => stopped,
    stop: (): void => {
      stopped = true;
      wake();
      end();
    },
    /** Until the bell is rung, or was while nobody waited. */
    async wait(ms: number): Promise<void> {
      if (!rung && !stopped) await sleep(ms, (resolve) => (wake = resolve));
      rung = false;
    },
    /** The whole time, unless everything stops. */
    async pause(ms: number): Promise<void> {
      if (!stopped) await sleep(ms, (resolve) => (end = resolve));
    },
  };
}

/** One watch for each directory: what the library calls recursive takes one for each file. */
function createWatchers(ring: () => void) {
  const open = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();
  const drop = (path: string): void => {
    open.get(path)?.watcher.close();
    open.delete(path);
  };
  const start = (path: string, identity: string): void => {
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => {
        // Whatever appears or goes may be a directory; of the rest only rule files and placeholders matter.
        if (event === 'rename' || name === null || isRuleName(name) || name.endsWith('.json')) ring();
      });
      watcher.on('error', () => drop(path));
      open.set(path, { identity, watcher });
    } catch {
      // No more watches, or no right to: the look every few seconds sees it, only later.
    }
  };
  return {
    follow(directories: ReadonlyMap<string, string>): void {
      for (const path of open.keys()) if (open.get(path)?.identity !== directories.get(path)) drop(path);
      for (const [path, identity] of directories) if (!open.has(path)) start(path, identity);
    },
    close(): void {
      for (const path of open.keys()) drop(path);
    },
  };
}
