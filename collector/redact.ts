import type { ContainerFacts, ExecFacts, Observation, ProcessFacts } from '../shared/observation.ts';
import type { Redactor } from '../shared/redact.ts';

/** The observation without secrets: everything that a person may have typed a secret into. */
export function redactObservation(observation: Observation, redactor: Redactor): Observation {
  const { exec, process, container, docker } = observation;
  return {
    ...observation,
    ...(exec === undefined ? {} : { exec: redactExec(exec, redactor) }),
    ...(process === undefined ? {} : { process: redactProcess(process, redactor) }),
    ...(container === undefined ? {} : { container: redactContainer(container, redactor) }),
    ...(docker?.attributes === undefined
      ? {}
      : { docker: { ...docker, attributes: mapValues(docker.attributes, redactor) } }),
  };
}

function redactExec(exec: ExecFacts, redactor: Redactor): ExecFacts {
  const args = redactor.args(exec.args);
  return { ...exec, args, command: args.join(' ') };
}

function redactProcess(process: ProcessFacts, redactor: Redactor): ProcessFacts {
  const args = process.args === undefined ? undefined : redactor.args(process.args);
  const line = args === undefined ? process.command_line : args.join(' ');
  return {
    ...process,
    ...(args === undefined ? {} : { args }),
    ...(line === undefined ? {} : { command_line: args === undefined ? redactor.text(line) : line }),
  };
}

function redactContainer(container: ContainerFacts, redactor: Redactor): ContainerFacts {
  const { command, healthcheck } = container;
  return {
    ...container,
    ...(command === undefined ? {} : { command: redactor.args(command) }),
    ...(healthcheck === undefined ? {} : { healthcheck: redactor.args(healthcheck) }),
  };
}

const mapValues = (values: Readonly<Record<string, string>>, redactor: Redactor): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, redactor.named(key, value)]));
