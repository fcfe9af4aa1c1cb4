import { Observable, timeout } from 'rxjs';
import { type RunningScript, startScript } from './bpftrace.ts';

/** A script that could not be loaded is tried again after so long: it costs seconds of processor time. */
const brokenMs = 600_000;
/** A script that is ready and that nobody takes over is stopped. */
const takeOverMs = 5_000;
/** It ticks every second; on a machine without time to spare later. */
const silentMs = 60_000;

/** The script of a sensor: loaded when it is asked whether it can work, taken over by who listens. */
export interface HeldScript {
  /** What keeps it from working, with `without` at the end; undefined once it is ready. */
  load(program: string, script: string): Promise<string | undefined>;
  /** What it prints, until it ends, which is an error, or nobody listens any more, which ends it. */
  lines(): Observable<string>;
}

export interface HeldScriptOptions {
  /** What is missing then: `no DNS names are seen`. */
  readonly without: string;
  /** Default: bpftrace. */
  start?: ((program: string, script: string) => RunningScript) | undefined;
  now(): number;
}

export function createHeldScript({ without, start = startScript, now }: HeldScriptOptions): HeldScript {
  let running: RunningScript | undefined;
  let broken: { readonly until: number; readonly why: string } | undefined;
  return {
    load: async (program, text) => {
      if (broken !== undefined && now() < broken.until) return broken.why;
      const script = start(program, text);
      const problem = await script.ready;
      if (problem !== undefined) {
        broken = { until: now() + brokenMs, why: `${problem}: ${without}` };
        return broken.why;
      }
      broken = undefined;
      running?.stop();
      running = script;
      setTimeout(() => {
        if (running === script) script.stop();
      }, takeOverMs).unref();
      return undefined;
    },
    lines: () => {
      const script = running;
      running = undefined;
      if (script === undefined) return new Observable((nobody) => nobody.error(new Error('no script runs')));
      return new Observable<string>((subscriber) => {
        script.follow(
          (line) => subscriber.next(line),
          (why) => subscriber.error(new Error(why)),
        );
        return () => script.stop();
      }).pipe(timeout({ each: silentMs }));
    },
  };
}
