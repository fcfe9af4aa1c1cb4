/** An exec in a container, as a record of the topic `observations` has it. */
export const observation = ({
  command,
  container = 'web',
}: {
  readonly command: string;
  readonly container?: string;
}): object => ({
  id: '0'.repeat(32),
  kind: 'exec',
  at: 0,
  event: { source: 'docker-event', action: 'exec_start' },
  host: { id: 'h', name: 'h' },
  container: { id: 'c'.repeat(64), name: container, image: { name: 'acme/app:1' } },
  exec: { args: command.split(' '), command, uid: 0 },
});
