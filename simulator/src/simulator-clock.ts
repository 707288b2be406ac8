/** The clocks by which a simulator lives: one that never jumps, one that people read, and a way to be called later. */
export type SimulatorClock = {
  monotonicMs(): number;
  wallMs(): number;
  /** Calls `work` once after `delayMs`; the returned function takes it back. */
  schedule(delayMs: number, work: () => void): () => void;
};

/** A clock that stands still until a test advances it: for tests that must not wait. */
export type ManualClock = SimulatorClock & {
  /** Moves time on and does, in order, all that falls due on the way. */
  advance(byMs: number): void;
};

/** Makes a clock that a test moves manually; its wall clock begins at `wallStartMs`, at noon when not said. */
export const createManualClock = (wallStartMs = 1_767_268_800_000): ManualClock => {
  let nowMs = 0;
  let waiting: readonly { readonly atMs: number; readonly work: () => void }[] = [];
  return {
    monotonicMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs,
    schedule(delayMs, work) {
      const task = { atMs: nowMs + delayMs, work };
      waiting = [...waiting, task].toSorted((a, b) => a.atMs - b.atMs);
      return () => {
        waiting = waiting.filter((candidate) => candidate !== task);
      };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (let next = waiting[0]; next !== undefined && next.atMs <= untilMs; next = waiting[0]) {
        waiting = waiting.slice(1);
        nowMs = next.atMs;
        next.work();
      }
      nowMs = untilMs;
    },
  };
};
