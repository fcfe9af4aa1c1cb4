import { from, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { stateful } from '../../../analyzer/stateful.ts';

const sum = stateful(
  () => 10,
  (state, input: number): readonly [number, string] => [state + input, `${state}+${input}`],
);

describe('stateful', () => {
  it('gives one output for each input, from the state before it', () => {
    const outputs: string[] = [];
    from([1, 2, 3])
      .pipe(sum)
      .subscribe((output) => outputs.push(output));
    expect(outputs).toEqual(['10+1', '11+2', '13+3']);
  });

  it('begins anew with each subscription', () => {
    const input = new Subject<number>();
    const outputs: string[] = [];
    input.pipe(sum).subscribe((output) => outputs.push(`first ${output}`));
    input.next(1);
    input.pipe(sum).subscribe((output) => outputs.push(`second ${output}`));
    input.next(2);
    expect(outputs).toEqual(['first 10+1', 'first 11+2', 'second 10+2']);
  });
});
