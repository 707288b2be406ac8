import {
  isFault,
  type BusHealthAnswer,
  type BusReadAnswer,
  type BusReadRequest,
  type PointRecordsAnswer,
  type RegisterAnswer,
  type WatchRequest,
} from '@phloem/protocol';
import type { WatchNews } from '@phloem/reconnect';
import { exhaustMap, from, map, catchError, of, takeUntil, timer } from 'rxjs';
import type { Panel } from '../../panel/panel.ts';
import { keepPlaces } from './tech-memory.ts';

const healthEveryMs = 2000;
/** Calibrations are rare; anyone who stands before the point while a colleague makes one sees it soon. */
const recordsEveryMs = 20_000;
/** A manual read waits for its turn for ten seconds, and then for its answer. */
const readMs = 15_000;

/** What a person sees when the hub cannot be asked. */
export const toReason = (error: unknown): string => {
  if (isFault(error)) return error.message;
  throw error;
};

/** Fetches the map of the registers, and keeps it for when the hub is away. */
export const fetchPlaces = async ({ http }: Pick<Panel, 'http'>): Promise<readonly RegisterAnswer[]> => {
  const places = await http.get('/api/v1/registers', 'registers');
  keepPlaces(places);
  return places;
};

/** Reads registers manually, once. */
export const readByHand = async ({ http }: Pick<Panel, 'http'>, bus: string, request: BusReadRequest): Promise<BusReadAnswer> =>
  http.post(`/api/v1/buses/${encodeURIComponent(bus)}/read`, request, 'busRead', { timeoutMs: readMs });

/** Asks now and then the records of a point. The caller ends it. */
export const followRecords = (
  { http }: Pick<Panel, 'http'>,
  id: string,
  tell: (news: { readonly records: PointRecordsAnswer } | { readonly why: string }) => void,
): (() => void) => {
  const asking = timer(0, recordsEveryMs)
    .pipe(
      // The answer under way wins: a slow hub is not asked twice.
      exhaustMap(() =>
        from(http.get(`/api/v1/points/${encodeURIComponent(id)}/calibration`, 'records')).pipe(
          map((records) => ({ records })),
          catchError((error: unknown) => of({ why: toReason(error) })),
        ),
      ),
    )
    .subscribe(tell);
  return () => asking.unsubscribe();
};

/** Asks for the health of a bus every two seconds. The caller ends it. */
export const followHealth = (
  { http }: Pick<Panel, 'http'>,
  bus: string,
  tell: (news: { readonly health: BusHealthAnswer } | { readonly why: string }) => void,
): (() => void) => {
  const asking = timer(0, healthEveryMs)
    .pipe(
      // The answer under way wins: a slow hub is not asked twice.
      exhaustMap(() =>
        from(http.get(`/api/v1/buses/${encodeURIComponent(bus)}/health`, 'busHealth')).pipe(
          map((health) => ({ health })),
          catchError((error: unknown) => of({ why: toReason(error) })),
        ),
      ),
    )
    .subscribe(tell);
  return () => asking.unsubscribe();
};

/** Watches what passes on a bus; for so long at the most where that is said. The caller ends it. */
export const followWatch = (
  { watch$ }: Pick<Panel, 'watch$'>,
  request: WatchRequest,
  tell: (news: WatchNews) => void,
  { forMs, over }: { readonly forMs?: number; readonly over?: () => void } = {},
): (() => void) => {
  const news$ = watch$(request);
  const watching = (forMs === undefined ? news$ : news$.pipe(takeUntil(timer(forMs)))).subscribe({
    next: tell,
    ...(over && { complete: over }),
  });
  return () => watching.unsubscribe();
};
