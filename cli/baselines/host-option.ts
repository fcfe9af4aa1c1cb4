import { Option } from 'commander';

/** Which host a workload is of; `--on` as with decisions. */
export const hostOption = (description = 'of which host, when several have such a workload (name or id)'): Option =>
  new Option('--on, --host <name>', description);
