// One state, changed only by its reducer, seen by everyone who subscribed.

/** Takes actions and tells subscribers of each new state. */
export interface Store<State, Action> {
  readonly state: State;
  dispatch(action: Action): void;
  /** Calls `view` now and after every change. */
  subscribe(view: (state: State) => void): void;
}

/** A store that starts with `initial`. */
export function createStore<State, Action>(
  initial: State,
  reduce: (state: State, action: Action) => State,
): Store<State, Action> {
  let state = initial;
  const views: Array<(state: State) => void> = [];
  return {
    get state() {
      return state;
    },
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const view of views) view(state);
    },
    subscribe(view) {
      views.push(view);
      view(state);
    },
  };
}
