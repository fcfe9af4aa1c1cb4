import { tap } from 'rxjs';
import type { Processor } from '../../../shared/bus/port.ts';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import type { WorkerOrder } from './child.ts';
import { chain, counting, record } from './stages.ts';

/** Runs as a process of its own: `worker.ts '<WorkerOrder as JSON>'`. Says on stdout what it does. */
async function work(): Promise<void> {
  // Written by child.ts.
  const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const bus = await openSqliteBus({
    path: order.path,
    synchronous: 'normal',
    topics: chain(order.partitions),
    leaseMs: order.leaseMs,
    pollMs: 20,
  });
  if (order.does === 'append') {
    for (let index = 0; index < (order.records ?? 0); index += 2)
      await bus.append('in', [record(`${order.name}/${index}`), record(`${order.name}/${index + 1}`)]);
    await bus.close();
    say('done');
    return;
  }
  const stage = counting({ batchSize: 3, notice: (notice) => say(`notice ${notice.kind}`) });
  const telling: Processor = {
    ...stage,
    open: (assignment) => (batches$) => stage.open(assignment)(batches$.pipe(tap(() => say('batch')))),
  };
  bus.process('g', 'in', telling);
  process.once('SIGTERM', () => void bus.close().then(() => say('closed')));
}

await work();
