import { isFault, type BacktestRequest, type BacktestStatus } from '@phloem/protocol';
import type { HubHttp } from '../../live/hub-http.ts';
import { parseBacktest } from '../rule-answers.ts';

/** How a back-test stands, or why there is none. */
export type BacktestNews =
  | { readonly kind: 'status'; readonly status: BacktestStatus }
  | { readonly kind: 'refused'; readonly why: string };

/** A number that is held down changes many times: only the last is asked for. */
const restMs = 300;
const pollMs = 250;

const isOver = ({ state }: BacktestStatus): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

/** Runs a back-test on the hub after a short rest. The caller ends it with the function that comes back, which cancels it there. */
export const followBacktest = (
  http: Pick<HubHttp, 'get' | 'post' | 'delete'>,
  request: BacktestRequest,
  notify: (news: BacktestNews) => void,
): (() => void) => {
  const leaving = new AbortController();
  const { signal } = leaving;
  let running: string | null = null;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const ask = async (path: string | null): Promise<BacktestStatus | null> => {
    const answer = path === null ? http.post('/api/v1/backtests', request, 'anything', { signal }) : http.get(path, 'anything', { signal });
    const status = parseBacktest(await answer);
    if (signal.aborted) return null;
    running = isOver(status) ? null : status.id;
    notify({ kind: 'status', status });
    return running === null ? null : status;
  };
  const follow = async (): Promise<void> => {
    await pause(restMs);
    if (signal.aborted) return;
    for (let status = await ask(null); status !== null && !signal.aborted;) {
      await pause(pollMs);
      status = signal.aborted ? null : await ask(`/api/v1/backtests/${status.id}`);
    }
  };
  const refuse = (error: unknown): void => {
    if (signal.aborted) return;
    if (!isFault(error)) throw error;
    running = null;
    notify({ kind: 'refused', why: error.message });
  };
  void follow().catch(refuse);
  return () => {
    leaving.abort();
    // Whether it came off does not matter: it ends by itself as well.
    if (running !== null) void http.delete(`/api/v1/backtests/${running}`, undefined, 'anything').catch(() => undefined);
  };
};
