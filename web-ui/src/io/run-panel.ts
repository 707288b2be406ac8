import { Subject, startWith, switchMap } from 'rxjs';
import { toHubUp, toHubWall } from '../clock/hub-clock.ts';
import { isTheme, toNextTheme, type Theme } from '../look/tokens.ts';
import { stepAnnouncements } from '../site/announcements.ts';
import { keepSame } from '../site/keep-same.ts';
import { PanelCell } from '../site/panel-cell.svelte.ts';
import { emptyPanel, stepPanel, type PanelEvent, type PanelState } from '../site/panel-state.ts';
import { toPanelView } from '../site/panel-view.ts';
import { createTraceBook, type TraceBook } from '../site/trace-book.ts';
import { createBrowserClock } from './browser-clock.ts';
import { createHubHttp, type HubHttp } from './hub-http.ts';
import { openNavigation, type Navigation } from './navigation.ts';
import { openPanelLink$ } from './panel-link.ts';

/** What the components may do and read. */
export type Panel = {
  readonly cell: PanelCell;
  readonly traces: TraceBook;
  /** The hub, over HTTP. */
  readonly http: HubHttp;
  /** Goes to another address of the panel. */
  readonly go: Navigation['go'];
  /** All that was told, as of this moment. Not reactive: read it where `cell.view` or `cell.traceDraws` has changed. */
  readonly state: () => PanelState;
  /** The hub's running time at this moment; null before the first message. */
  readonly hubUp: () => number | null;
  /** The hub's wall clock at this moment; null before the first message. */
  readonly hubWall: () => number | null;
  /** Gives up the link and dials at once. */
  readonly retry: () => void;
  readonly cycleTheme: () => void;
};

/** Text four times a second, traces two times, never both in one turn. */
const turnMs = 125;
const isTextTurn = (turn: number): boolean => turn % 2 === 0;
const isTraceTurn = (turn: number): boolean => turn % 4 === 1;
const themeKey = 'phloem.theme';

/** Runs the panel of this page until the page is gone. Nothing is drawn while the page is hidden. */
export const runPanel = (): Panel => {
  const clock = createBrowserClock();
  const cell = new PanelCell();
  const traces = createTraceBook();
  const retries$ = new Subject<void>();
  let state = emptyPanel;
  let turn = 0;

  const flush = (): void => {
    if (document.hidden) return;
    const running = clock.running();
    cell.view = keepSame(cell.view, toPanelView(state, { running, wall: clock.wall() }));
    cell.said = keepSame(cell.said, stepAnnouncements(cell.said, cell.view, running));
    document.title = toTitle(cell);
  };
  const take = (event: PanelEvent): void => {
    const before = state;
    state = stepPanel(state, event);
    if (event.type === 'snapshot' || event.type === 'changes') {
      traces.record(
        event.message.points.filter((point) => state.points.get(point.id) === point),
        event.message.up,
      );
    }
    const isUrgent = event.type === 'snapshot' || before.alarms !== state.alarms || before.report.phase !== state.report.phase;
    if (isUrgent) flush();
  };
  const showAll = (): void => {
    flush();
    if (!document.hidden) cell.traceDraws += 1;
  };

  retries$
    .pipe(
      startWith(undefined),
      switchMap(() =>
        openPanelLink$({ url: location.origin, clock: clock.scheduler, random: Math.random, software: 'phloem-panel/0.1.0' }),
      ),
    )
    .subscribe(take);
  setInterval(() => {
    turn += 1;
    if (isTextTurn(turn)) flush();
    if (isTraceTurn(turn) && !document.hidden) cell.traceDraws += 1;
  }, turnMs);
  document.addEventListener('visibilitychange', showAll);
  addEventListener('pageshow', showAll);

  const setTheme = (theme: Theme): void => {
    cell.theme = theme;
    document.documentElement.dataset['theme'] = theme;
    cell.traceDraws += 1;
  };
  setTheme(readTheme());
  const { go } = openNavigation((address) => {
    cell.address = keepSame(cell.address, address);
  });

  return {
    cell,
    traces,
    http: createHubHttp(),
    go,
    state: () => state,
    hubUp: () => (state.clock === null ? null : toHubUp(state.clock, state.report, clock.running())),
    hubWall: () => (state.clock === null ? null : toHubWall(state.clock, state.report, clock.running())),
    retry: () => retries$.next(),
    cycleTheme: () => {
      setTheme(toNextTheme(cell.theme));
      rememberTheme(cell.theme);
    },
  };
};

const toTitle = ({ view }: PanelCell): string => {
  const [alarm] = view.alarms.lines;
  const site = view.title === '' ? 'Phloem' : view.title;
  if (!view.link.isHeard && view.screen === 'site') return `no link · ${site}`;
  return alarm === undefined ? site : `${alarm.priority} ${alarm.text} · ${site}`;
};

const readTheme = (): Theme => {
  const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day';
  try {
    const kept = localStorage.getItem(themeKey);
    return isTheme(kept) ? kept : preferred;
  } catch {
    return preferred; // A browser may forbid the store; the panel then follows the system.
  }
};

const rememberTheme = (theme: Theme): void => {
  try {
    localStorage.setItem(themeKey, theme);
  } catch {
    // A browser may forbid the store; the choice then lasts as long as the page.
  }
};
