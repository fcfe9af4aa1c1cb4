import { expect, it } from 'vitest';
import { createInventory } from '../../../../collector/engine/inventory.ts';
import { checkpointRecords, readState } from '../../../../collector/engine/state.ts';
import { topic } from '../../../../shared/bus/topics.ts';
import { known } from '../../../support/collector/known.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';

const cursor = { nano: '1795521600123456789', event: true, recent: ['k1'] };
const place = { at: 7_000, partitions: 1 };
const options = { hostId: 'HOST', partitions: 1, malformed: () => undefined };

it('what is written is what is read: containers, cursor, and when it was', async () => {
  const bus = createMemoryBus();
  const web = known('web');
  await bus.append(
    topic.collectorState,
    checkpointRecords({ hostId: 'HOST', cursor, containers: new Map([['web', web]]) }, place),
  );
  expect(await readState(bus, options)).toEqual({ cursor, containers: [web], lastBeat: 7_000 });
});

it('the cursor stands last, and not at all before there is one', () => {
  const containers = new Map([['web', known('web')]]);
  const keys = (records: readonly { key: string }[]) => records.map(({ key }) => key);
  expect(keys(checkpointRecords({ hostId: 'HOST', cursor, containers }, place))).toEqual([
    'HOST/container/web',
    'HOST/cursor',
  ]);
  expect(keys(checkpointRecords({ hostId: 'HOST', cursor: undefined, containers }, place))).toEqual([
    'HOST/container/web',
  ]);
});

it('forgotten containers and other hosts are left out', async () => {
  const bus = createMemoryBus();
  const write = (hostId: string, containers: Parameters<typeof checkpointRecords>[0]['containers']) =>
    bus.append(topic.collectorState, checkpointRecords({ hostId, cursor, containers }, place));
  await write('HOST', new Map([['web', known('web')]]));
  await write('HOST', new Map([['web', null]]));
  await write('OTHER', new Map([['db', known('db')]]));
  expect((await readState(bus, options)).containers).toEqual([]);
});

it('the notes of sensors are kept beside, and the last of each holds', async () => {
  const bus = createMemoryBus();
  const write = (note: unknown) =>
    bus.append(
      topic.collectorState,
      checkpointRecords(
        { hostId: 'HOST', cursor: undefined, containers: new Map(), notes: new Map([['daemon', note]]) },
        place,
      ),
    );
  await write({ files: 1 });
  await write({ files: 2 });
  expect(await readState(bus, options)).toEqual({ containers: [], notes: new Map([['daemon', { files: 2 }]]) });
});

it('an entry that cannot be read is named and left out', async () => {
  const bus = createMemoryBus();
  const put = (key: string, value: string) => bus.append(topic.collectorState, [{ key, value, at: 1 }]);
  await put('HOST/container/a', 'not json');
  await put('HOST/container/b', '{"id":"b","snapshot":{}}');
  await put('HOST/cursor', '{"nano":"x"}');
  const malformed: string[] = [];
  const state = await readState(bus, { ...options, malformed: (key) => malformed.push(key) });
  expect(state).toEqual({ containers: [] });
  expect(malformed).toEqual(['HOST/container/a', 'HOST/container/b', 'HOST/cursor']);
});

it('the inventory keeps the dead for ten minutes and no more than two thousand of them', () => {
  const inventory = createInventory();
  inventory.restore([{ ...known('old'), destroyedAt: 0 }, known('alive')]);
  expect(inventory.bury(10 * 60_000)).toEqual([]);
  expect(inventory.bury(10 * 60_000 + 1)).toEqual(['old']);
  inventory.restore(Array.from({ length: 2_001 }, (_, index) => ({ ...known(`c${index}`), destroyedAt: index })));
  expect(inventory.bury(2_000)).toEqual(['c0']);
  expect(inventory.living().map(({ id }) => id)).toEqual(['alive']);
});

it('images and registries are read back; an image that is forgotten or cannot be read is left out', async () => {
  const bus = createMemoryBus();
  const seen = { id: 'sha256:1', at: 1, origin: 'pull' } as const;
  const image = { ref: 'docker.io/lab/app:1', current: 'sha256:1', ids: [seen] };
  const registries = { first: ['docker.io'], later: [] };
  const write = (images: Parameters<typeof checkpointRecords>[0]['images']) =>
    bus.append(
      topic.collectorState,
      checkpointRecords({ hostId: 'HOST', cursor, containers: new Map(), ...(images && { images }) }, place),
    );
  await write({
    images: new Map([
      [image.ref, image],
      ['gone', { ...image, ref: 'gone' }],
    ]),
    registries,
  });
  await write({ images: new Map([['gone', null]]) });
  await bus.append(topic.collectorState, [
    { key: 'HOST/image/bad', value: '{"ref":"bad","ids":[]}', at: 1 },
    { key: 'HOST/image/null', value: 'null', at: 1 },
  ]);
  const malformed: string[] = [];
  const state = await readState(bus, { ...options, malformed: (key) => malformed.push(key) });
  expect(state).toMatchObject({ containers: [], images: [image], registries });
  expect(malformed).toEqual(['HOST/image/bad', 'HOST/image/null']);
  await bus.append(topic.collectorState, [{ key: 'HOST/registries', value: '{"first":[1],"later":[]}', at: 1 }]);
  expect(await readState(bus, options)).not.toHaveProperty('registries');
});
