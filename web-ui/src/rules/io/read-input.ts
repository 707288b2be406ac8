import { isFault, type PointHistory, type PointId } from '@phloem/protocol';
import type { HubHttp } from '../../live/hub-http.ts';

/** Reads what a point was over a period; null where the hub does not say. The caller ends it with the function that comes back. */
export const readInput = (
  http: Pick<HubHttp, 'get'>,
  id: PointId,
  { from, to }: { readonly from: number; readonly to: number },
  notify: (history: PointHistory | null) => void,
): (() => void) => {
  const leaving = new AbortController();
  const { signal } = leaving;
  const query = `from=${from}&to=${to}&buckets=400`;
  http.get(`/api/v1/points/${encodeURIComponent(id)}/history?${query}`, 'history', { signal }).then(
    (history) => (signal.aborted ? undefined : notify(history)),
    (error: unknown) => {
      if (!isFault(error)) throw error;
      if (!signal.aborted) notify(null);
    },
  );
  return () => leaving.abort();
};
