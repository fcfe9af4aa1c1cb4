import { map, type OperatorFunction } from 'rxjs';

/**
 * The one stateful operator of the house: folds a pure `(state, input) → [state, output]` over a stream, one output per input.
 * The state is handed over at each step and belongs to the fold alone; `init` runs at each subscription, so subscribing again restores.
 * A throw ends the stream: whoever subscribed opens the stage again from the last committed state.
 */
export function stateful<State, Input, Output>(
  init: () => State,
  fold: (state: State, input: Input) => readonly [State, Output],
): OperatorFunction<Input, Output> {
  return (source) => {
    let state: { readonly value: State } | undefined;
    return source.pipe(
      map((input) => {
        const [next, output] = fold(state === undefined ? init() : state.value, input);
        state = { value: next };
        return output;
      }),
    );
  };
}
