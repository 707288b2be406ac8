import type { LocationId } from '@phloem/protocol';
import { catchError, distinctUntilChanged, EMPTY, filter, from, map, merge, mergeMap, switchMap, timer, type Observable } from 'rxjs';
import type { PanelEvent, PanelState } from '../../state/panel-state.ts';
import type { HubHttp } from '../../live/hub-http.ts';

const everyMs = 60_000;
const atOnce = 4;

/**
 * What the panel needs besides the stream: who sits before it, each time that the link is there again; and what each
 * room is steered to, at once when site or rules change or an override moves it, and once a minute. A question that fails is asked again then.
 */
export const askAround$ = (state$: Observable<PanelState>, http: HubHttp): Observable<PanelEvent> => {
  const me$ = state$.pipe(
    map(({ report, site }) => (report.phase === 'ready' && site !== null ? report.sinceAt : null)),
    distinctUntilChanged(),
    filter((since) => since !== null),
    // Another session makes the answer of the one before worthless.
    switchMap(() => quietly(http.get('/api/v1/me', 'me'))),
    map((answer): PanelEvent => ({ kind: 'me', answer })),
  );
  const setpoints$ = state$.pipe(
    map(toSteering),
    distinctUntilChanged((a, b) => a.key === b.key),
    // Other rooms or other rules: what is still under way is of no use.
    switchMap(({ locations }) => (locations.length === 0 ? EMPTY : timer(0, everyMs).pipe(mergeMap(() => from(locations))))),
    mergeMap((id) => quietly(http.get(`/api/v1/locations/${encodeURIComponent(id)}/setpoints`, 'setpoints')), atOnce),
    map((answer): PanelEvent => ({ kind: 'setpoints', answer })),
  );
  return merge(me$, setpoints$);
};

/** The rooms to ask for, and all that makes an earlier answer outdated. */
const toSteering = ({
  report,
  site,
  automation,
  offsets,
}: PanelState): { readonly key: string; readonly locations: readonly LocationId[] } => {
  if (report.phase !== 'ready' || site === null) return { key: '', locations: [] };
  const bundles = [...automation.values()].map(({ bundle }) => bundle?.hash ?? '');
  const moved = [...offsets.values()].map(({ lsn }) => lsn);
  return { key: [report.sinceAt, site.hash, ...bundles, ...moved].join(), locations: site.locations.map(({ id }) => id) };
};

/** A failed question leaves what is known as it is: the page says what it does not know. */
const quietly = <T>(answer: Promise<T>): Observable<T> => from(answer).pipe(catchError(() => EMPTY));
