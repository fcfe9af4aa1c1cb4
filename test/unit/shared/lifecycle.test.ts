import { expect, test, vi } from 'vitest';
import { createLifecycle } from '../../../shared/lifecycle.ts';

test('steps run last in, first out, each after the one before it has ended', async () => {
  const lifecycle = createLifecycle();
  const ran: string[] = [];
  lifecycle.onStop('store', () => void ran.push('store'));
  lifecycle.onStop('sensor', async () => {
    ran.push('sensor begins');
    await Promise.resolve();
    ran.push('sensor ended');
  });
  expect(await lifecycle.stop()).toEqual([]);
  expect(ran).toEqual(['sensor begins', 'sensor ended', 'store']);
});

test('a step that fails is told and the others run', async () => {
  const lifecycle = createLifecycle();
  const store = vi.fn();
  lifecycle.onStop('store', store);
  lifecycle.onStop('sink', () => Promise.reject(new Error('refused')));
  lifecycle.onStop('timer', () => {
    throw new Error('no timer');
  });
  expect(await lifecycle.stop()).toEqual(['timer: no timer', 'sink: refused']);
  expect(store).toHaveBeenCalledOnce();
});

test('a step that never ends is left at the deadline, and those behind it still begin', async () => {
  const lifecycle = createLifecycle();
  const store = vi.fn();
  lifecycle.onStop('store', store);
  lifecycle.onStop('consumer', () => new Promise(() => undefined));
  const failed = await lifecycle.stop(20);
  expect(failed).toContain('consumer: overrun');
  expect(store).toHaveBeenCalledOnce();
});

test('the signal is aborted before the first step; a second stop is the first', async () => {
  const lifecycle = createLifecycle();
  const seen: boolean[] = [];
  lifecycle.onStop('step', () => void seen.push(lifecycle.signal.aborted));
  expect(lifecycle.signal.aborted).toBe(false);
  const first = lifecycle.stop();
  expect(lifecycle.stop()).toBe(first);
  await first;
  expect(seen).toEqual([true]);
});
