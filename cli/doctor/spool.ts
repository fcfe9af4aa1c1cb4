import { lookIntoSpool } from '../../collector/spool/look.ts';
import { messageOf } from '../../shared/errors.ts';
import { type Finding, ok, warn } from './check.ts';

/** What the collector of this state directory keeps until the brokers take it. */
export function checkSpool(path: string, now: number): readonly Finding[] {
  try {
    const size = lookIntoSpool(path);
    if (size === undefined) return [];
    if (size.oldest === undefined) return [ok('spool', 'nothing waits for the brokers')];
    const minutes = Math.round((now - size.oldest) / 60_000);
    const megabytes = (size.bytes / 1_048_576).toFixed(1);
    return [
      warn(
        'spool',
        `${size.records} records (${megabytes} MB) wait for the brokers, the oldest for ${minutes} min`,
        'see that the brokers answer and that a collector runs here: it sends them in order',
      ),
    ];
  } catch (error) {
    return [
      warn('spool', `${path} cannot be looked into: ${messageOf(error)}`, 'run doctor as the user of the collector'),
    ];
  }
}
