import { describe, expect, test } from 'vitest';
import { redactObservation } from '../../../collector/redact.ts';
import type { Observation } from '../../../shared/observation.ts';
import { createRedactor } from '../../../shared/redact.ts';

const redactor = createRedactor('key of this host');
const secret = 'hunter2hunter2';
const argv = ['psql', '--password', secret, '-c', 'select 1'];

const redacted = (members: Readonly<Record<string, unknown>>): Observation =>
  redactObservation({ id: 'o', kind: 'exec', at: 7, ...members } as unknown as Observation, redactor);

describe('no secret is left', () => {
  test.each([
    ['the arguments of an exec', { exec: { id: 'e', args: argv, command: argv.join(' ') } }],
    ['the arguments of a process', { process: { pid: 1, args: argv, command_line: argv.join(' ') } }],
    ['a command line without arguments', { process: { pid: 1, command_line: argv.join(' ') } }],
    [
      "a container's command and health check",
      { container: { id: 'c', command: argv, healthcheck: ['CMD', ...argv] } },
    ],
    ['attributes of an event', { docker: { attributes: { note: `PGPASSWORD=${secret}` } } }],
    ['an attribute that is named for its secret', { docker: { attributes: { db_password: secret } } }],
  ])('in %s', (_, members) => {
    const text = JSON.stringify(redacted(members));
    expect(text).not.toContain(secret);
    expect(text).toMatch(/\[redacted:[0-9a-f]{8}\]/);
  });
});

test('the command of an exec and of a process is its redacted arguments', () => {
  const { exec, process } = redacted({
    exec: { id: 'e', args: argv, command: argv.join(' ') },
    process: { pid: 1, args: argv, command_line: 'something else' },
  });
  expect(exec?.command).toBe(exec?.args.join(' '));
  expect(process?.command_line).toBe(process?.args?.join(' '));
  expect(exec?.args.map((arg) => arg.startsWith('[redacted:'))).toEqual([false, false, true, false, false]);
});

test('equal secrets look equal, so that a baseline sees the same command', () => {
  const { exec } = redacted({ exec: { id: 'e', args: ['--password', secret], command: '' } });
  const { process } = redacted({ process: { args: [`--password=${secret}`] } });
  expect(process?.args?.[0]).toBe(`--password=${exec?.args[1]}`);
});

test('what holds no secret is as it was, and nothing is added', () => {
  const plain = {
    exec: { id: 'e', args: ['sh', '-c', 'id'], command: 'sh -c id', is_shell: true },
    process: { pid: 1 },
    container: { id: 'c', name: 'web' },
    docker: { attributes: { image: 'nginx' } },
  };
  expect(redacted(plain)).toEqual({ id: 'o', kind: 'exec', at: 7, ...plain });
  expect(redacted({})).toEqual({ id: 'o', kind: 'exec', at: 7 });
});
