import { expect, test } from 'vitest';
import { createEngineAddress } from '../../../../collector/engine/engine-address.ts';

const asked: string[] = [];
const make = (address: () => string | undefined, now: () => number, answers: (string | Error)[]) =>
  createEngineAddress({
    address,
    now,
    find: async (host) => {
      asked.push(host);
      const answer = answers.shift() ?? new Error('no more');
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });

test('an engine behind TCP has an address, which is looked up now and then', async () => {
  let now = 0;
  const find = make(
    () => 'tcp://socket-proxy:2375',
    () => now,
    ['172.18.0.2', new Error('away'), '172.18.0.7'],
  );
  expect([await find(), await find()]).toEqual(['172.18.0.2', '172.18.0.2']);
  now = 30_000;
  // Who cannot be found now is where it was.
  expect(await find()).toBe('172.18.0.2');
  now = 60_000;
  expect(await find()).toBe('172.18.0.7');
  expect(asked).toEqual(['socket-proxy', 'socket-proxy', 'socket-proxy']);
});

test('what was not known is asked for a second later, what may have changed when somebody wants it newer', async () => {
  let now = 0;
  const find = make(
    () => 'tcp://late-proxy:2375',
    () => now,
    [new Error('not yet'), '172.18.0.2', '172.18.0.3'],
  );
  expect([await find(), await find()]).toEqual([undefined, undefined]);
  now = 1_000;
  expect(await find()).toBe('172.18.0.2');
  now = 2_000;
  expect([await find(), await find(1_000)]).toEqual(['172.18.0.2', '172.18.0.3']);
});

test('a socket of this host has none', async () => {
  expect(
    await make(
      () => 'unix:///var/run/docker.sock',
      () => 0,
      ['x'],
    )(),
  ).toBeUndefined();
  expect(
    await make(
      () => undefined,
      () => 0,
      ['x'],
    )(),
  ).toBeUndefined();
  expect(
    await make(
      () => 'tcp://[::1]:2375',
      () => 0,
      ['::1'],
    )(),
  ).toBe('::1');
  expect(asked.at(-1)).toBe('::1');
});
