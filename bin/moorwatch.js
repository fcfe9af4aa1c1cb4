#!/usr/bin/env node
// Before anything reads a file: Node then has its threads. What never answers holds one of them for each container (collector/procfs/patient.ts).
process.env.UV_THREADPOOL_SIZE ??= '16';
void import('../dist/cli/main.js');
