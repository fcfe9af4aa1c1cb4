import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerFacts, type NetworkTraits } from '../../collector/engine/facts/container.ts';
import { parseContainerInspect, parseExecInspect, parseVolumeInspect } from '../../collector/engine/inspect-parse.ts';
import type { ContainerInspect, HostConfig, ImageInspect } from '../../collector/engine/inspect-types.ts';
import { isRecord } from '../../shared/observation.ts';

const fixtures = join(import.meta.dirname, '../fixtures/inspect');

/** A body that a real engine (20.10.24) answered, recorded. */
export function recorded(name: string) {
  const body: unknown = JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8'));
  if (!isRecord(body)) throw new Error(`${name} is no record`);
  return {
    container: parseContainerInspect(body.container ?? { Id: 'none' }, name),
    volume: parseVolumeInspect(body.volume, name),
    exec: parseExecInspect(body.exec, name),
  };
}

/** A container of the recorded shape with another HostConfig. */
export function containerWith(host: HostConfig, more: Partial<ContainerInspect> = {}): ContainerInspect {
  return { Id: 'c1', Name: '/c', Config: { Image: 'lab/bb:1' }, ...more, HostConfig: host };
}

export const noAnswers = {
  info: {},
  image: undefined,
  passwd: null,
  networks: new Map<string, NetworkTraits>(),
  joined: new Map<string, string>(),
};

export const factsOf = (inspect: ContainerInspect, image?: ImageInspect) =>
  containerFacts(inspect, { ...noAnswers, image });
