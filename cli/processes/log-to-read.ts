import { existsSync } from 'node:fs';
import type { Bus } from '../../shared/bus/port.ts';
import type { Config } from '../../shared/config/schema.ts';
import { exitCode, UserError } from '../../shared/errors.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import { kafkaOptionsOf, topicSpecsOf } from './bus-options.ts';

/**
 * The configured log, for reading its history: nothing is made or changed, and what runs is not disturbed.
 * @throws UserError when there is none, or it cannot be read
 */
export async function openLogToRead(config: Config, files: StateFiles): Promise<Pick<Bus, 'read' | 'close'>> {
  if (config.bus === 'kafka') {
    const { openKafkaBus } = await import('../../shared/bus/kafka/bus.ts');
    return openKafkaBus({ ...kafkaOptionsOf(config), createTopics: false });
  }
  if (!existsSync(files.database))
    throw new UserError(`there is no log at ${files.database}`, {
      fix: 'name the state directory of the Moorwatch that wrote it with --state-dir, and be a user who may read it',
      code: exitCode.config,
    });
  const { openSqliteLog } = await import('../../shared/bus/sqlite/open-log.ts');
  return openSqliteLog({ path: files.database, topics: topicSpecsOf(config) });
}
