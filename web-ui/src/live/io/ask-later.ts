/** Runs a request after a while, unless the function that is returned is called before; then also what is under way is given up. */
export const askLater = (afterMs: number, run: (signal: AbortSignal) => Promise<void>): (() => void) => {
  const abort = new AbortController();
  const wait = setTimeout(() => void run(abort.signal), afterMs);
  return () => {
    clearTimeout(wait);
    abort.abort();
  };
};
