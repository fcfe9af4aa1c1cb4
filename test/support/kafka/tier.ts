import type { TestProject } from 'vitest/node';
import { type Broker, startBroker } from './broker.ts';

/** One broker for all files of a tier; each state directory has topics of its own on it. */
let broker: Broker | undefined;

export async function setup(project: TestProject): Promise<void> {
  broker = await startBroker();
  project.provide('broker', broker.address);
}

export async function teardown(): Promise<void> {
  await broker?.stop();
}
