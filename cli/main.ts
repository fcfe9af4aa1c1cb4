import { runCli, thisProcess } from './run.ts';

/** What still holds the process when its work is done (a connection to a broker that does not answer) may do so for so long. */
const lingerMs = 2_000;

// A second copy of the exit code would race with output still in the pipe, so the process is left to end by itself.
process.exitCode = await runCli(thisProcess());
setTimeout(() => process.exit(), lingerMs).unref();
