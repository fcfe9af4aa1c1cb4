import { runCli, thisProcess } from './run.ts';

// A second copy of the exit code would race with output still in the pipe, so the process is left to end by itself.
process.exitCode = await runCli(thisProcess());
