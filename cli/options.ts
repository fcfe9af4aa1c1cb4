import { InvalidArgumentError, Option } from 'commander';

/** Flags of commands that run the engine's side. */
export const engineOption = (): Option =>
  new Option(
    '--host, --engine <address>',
    'engine address: unix:///path or tcp://host:port (default: as docker finds it)',
  );

/** Flag of commands that listen or talk to who listens. */
export const portOption = (): Option =>
  new Option('--port <port>', 'port of the feed (0: any free one)').argParser((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
    return port;
  });

/** An option with a fixed set of values. */
export const choice = (flags: string, description: string, values: readonly string[]): Option =>
  new Option(flags, description).choices(values);
