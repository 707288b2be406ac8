import { isFault, type BridgeAnswer } from '@phloem/protocol';
import { catchError, exhaustMap, from, map, of, timer } from 'rxjs';
import type { Panel } from '../../panel/panel.ts';

const everyMs = 3000;

/** What came of a question: the bridges, or why there is no answer. */
export type BridgesNews = { readonly bridges: readonly BridgeAnswer[] } | { readonly why: string };

/** Asks every few seconds how the bridges are. The caller ends it. */
export const followBridges = ({ http }: Pick<Panel, 'http'>, notify: (news: BridgesNews) => void): (() => void) => {
  const asking = timer(0, everyMs)
    .pipe(
      // The answer under way wins: a slow hub is not asked twice.
      exhaustMap(() =>
        from(http.get('/api/v1/bridges', 'bridges')).pipe(
          map((bridges) => ({ bridges })),
          catchError((error: unknown) => {
            if (!isFault(error)) throw error;
            return of({ why: error.message });
          }),
        ),
      ),
    )
    .subscribe(notify);
  return () => asking.unsubscribe();
};
