import { isFault, type Fault, type Position, type ScopeId, type Welcome } from '@phloem/protocol';
import { isTruncated, toEpoch } from '@phloem/reconnect';
import { catchError, concatMap, defaultIfEmpty, EMPTY, filter, first, from, map, throwError, type Observable } from 'rxjs';
import { restoreService } from './checkpoint.ts';
import type { Checkpoint } from '@phloem/protocol';
import type { LoadDocuments } from './documents.ts';
import type { Compile } from './plan.ts';
import { startService, type ServiceState } from './service-state.ts';

type Log = Welcome['log'];

export type StartOptions = {
  readonly log: Log;
  readonly checkpoints: readonly Checkpoint[];
  readonly scope: ScopeId | null;
  readonly documents: LoadDocuments;
  readonly compile: Compile;
  /** Called for each checkpoint that cannot be used. */
  readonly onUnusable: (checkpoint: Checkpoint, fault: Fault) => void;
};

/** Claims that the log goes on from here: it still has what follows, and what came before was part of it. */
const canResume = (log: Log, { epoch, cursor }: Checkpoint): boolean =>
  cursor >= log.first - 1 && cursor <= log.head && !isTruncated(log, { epoch, lsn: cursor });

/** Where a log begins that is read from its first entry. */
const toBeginning = (log: Log): Position => ({ epoch: toEpoch(log, log.first - 1), lsn: log.first - 1 });

/**
 * Where the service begins: at the newest checkpoint from which the log goes on and that can be restored; without one,
 * at the log's first entry. It comes to the same state, only later.
 */
export const findStart = ({ log, checkpoints, scope, documents, compile, onUnusable }: StartOptions): Observable<ServiceState> =>
  from(checkpoints.filter((checkpoint) => canResume(log, checkpoint)).toSorted((a, b) => b.cursor - a.cursor)).pipe(
    concatMap((checkpoint) =>
      documents([checkpoint.bundle, checkpoint.site]).pipe(
        map((known) => {
          const [bundle, site] = [known.get(checkpoint.bundle), known.get(checkpoint.site)];
          if (isFault(bundle)) throw bundle;
          if (isFault(site)) throw site;
          return restoreService(checkpoint, compile(bundle, site));
        }),
        catchError((error: unknown) => {
          if (!isFault(error)) return throwError(() => error);
          onUnusable(checkpoint, error);
          return EMPTY;
        }),
      ),
    ),
    filter((state) => scope === null || state.scope === scope),
    defaultIfEmpty(startService(toBeginning(log), scope)),
    first(),
  );
