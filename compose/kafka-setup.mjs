/**
 * Gives each part a user of its own, with what docs/bus.md says that it needs, and makes the topics: the parts may not. Run as somebody who may
 * do everything. What is there stays; a user that is there gets the password of its file.
 */
import { readFileSync } from 'node:fs';
import { needsOf } from '/app/dist/cli/doctor/kafka-parts.js';
import { kafkaOptionsOf } from '/app/dist/cli/processes/bus-options.js';
import { openKafkaBus } from '/app/dist/shared/bus/kafka/bus.js';
import { giveRights } from '/app/dist/shared/bus/kafka/give-rights.js';
import { createNames } from '/app/dist/shared/bus/kafka/names.js';
import { setScramUsers } from '/app/dist/shared/bus/kafka/scram-users.js';
import { readEnvironment } from '/app/dist/shared/config/environment.js';
import { loadConfig } from '/app/dist/shared/config/load.js';

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);
const { config } = loadConfig({ environment: readEnvironment().settings });
const options = kafkaOptionsOf(config);
const needs = needsOf(createNames(options.topicPrefix, options.topics), Object.keys(config.sinks));

await setScramUsers(
  options,
  needs.map(({ part }) => ({
    name: part,
    password: readFileSync(`/run/secrets/kafka-${part}-password`, 'utf8').trim(),
  })),
);
say(`users: ${needs.map(({ part }) => part).join(', ')}`);

const bus = await openKafkaBus({
  ...options,
  differs: ({ topic, setting, actual, expected }) =>
    say(`${topic} has ${setting} ${actual} where ${expected} is meant`),
});
await bus.close();
say(`topics: ${options.topics.length}, as ${options.topicPrefix}…`);

for (const { part, rights } of needs) await giveRights(options, part, rights);
say(`rights: ${needs.map(({ part, rights }) => `${part} ${rights.length}`).join(', ')}`);
