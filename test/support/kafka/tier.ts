import type { TestProject } from 'vitest/node';
import { startBroker } from './broker.ts';

/** One broker for all files of a tier; each state directory has topics of its own on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await startBroker();
  project.provide('broker', broker.address);
  return () => broker.stop();
}
