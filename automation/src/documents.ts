import { isFault, type DocumentHash } from '@phloem/protocol';
import { catchError, defer, forkJoin, map, of, retry, tap, throwError, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Documents } from './switch-plan.ts';

/** Gets a document by its hash, once; errors with a Fault. */
export type FetchDocument = (hash: DocumentHash) => Observable<unknown>;

/** Gets documents, each once in the life of the service. */
export type LoadDocuments = (hashes: readonly DocumentHash[]) => Observable<Documents>;

const firstPauseMs = 100;
const longestPauseMs = 2000;

/**
 * Gets documents for as long as it takes: a hub that cannot be reached now will be, and nothing may be stepped before.
 * A fault that waiting does not heal is given in place of the document. At once when all are here already.
 */
export const createDocuments = (fetchDocument: FetchDocument, clock: SchedulerLike): LoadDocuments => {
  const known = new Map<DocumentHash, unknown>();
  const load = (hash: DocumentHash): Observable<unknown> =>
    defer(() => fetchDocument(hash)).pipe(
      retry({
        delay: (error: unknown, count) =>
          isFault(error) && error.isRetryable
            ? timer(Math.min(longestPauseMs, firstPauseMs * 2 ** (count - 1)), clock)
            : throwError(() => error),
      }),
      tap((document) => known.set(hash, document)),
      catchError((error: unknown) => (isFault(error) ? of(error) : throwError(() => error))),
    );
  return (hashes) => {
    const missing = [...new Set(hashes)].filter((hash) => !known.has(hash));
    if (missing.length === 0) return of(known);
    return forkJoin(missing.map((hash) => load(hash).pipe(map((document) => [hash, document] as const)))).pipe(
      map((loaded) => new Map([...known, ...loaded])),
    );
  };
};
