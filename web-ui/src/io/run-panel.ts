import { toPageIcon, toPageTitle } from '../alarms/page-sign.ts';
import { stepStripPace, toWaiting } from '../alarms/strip-pace.ts';
import { ReplaySubject, merge } from 'rxjs';
import { flushSync } from 'svelte';
import { toHubUp, toHubWall } from '../clock/hub-clock.ts';
import { isTheme, toNextTheme, type Theme } from '../look/tokens.ts';
import { stepAnnouncements } from '../site/announcements.ts';
import { drawRates, stepDrawPace } from '../site/draw-pace.ts';
import { keepSame } from '../site/keep-same.ts';
import { PanelCell } from '../site/panel-cell.svelte.ts';
import { emptyPanel, stepPanel, type PanelEvent, type PanelState } from '../site/panel-state.ts';
import { toPanelView } from '../site/panel-view.ts';
import { createTraceBook, type TraceBook } from '../site/trace-book.ts';
import { openNoteQueue, type NoteQueue } from '../notes/io/note-queue-store.ts';
import { isTimeToReload } from '../site/wall-reload.ts';
import { askAround$ } from './ask-around.ts';
import { createBrowserClock } from './browser-clock.ts';
import { createHubHttp, type HubHttp } from './hub-http.ts';
import { openNavigation, type Navigation } from './navigation.ts';
import { openLiveLink, type LiveLink } from './live-link.ts';

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
  /** This browser's running time since the page was opened. */
  readonly running: () => number;
  /** Gives up the link and dials at once. */
  readonly retry: () => void;
  /** What passes on a bus, for as long as it is listened to. */
  readonly watch$: LiveLink['watch$'];
  readonly cycleTheme: () => void;
  /** The notes that wait for the hub; commands never do. */
  readonly notes: NoteQueue;
};

/** The loop turns twenty times a second; text, charts and traces are drawn in turns of their own. */
const turnMs = 50;
const turnsPerSecond = 1000 / turnMs;
const themeKey = 'phloem.theme';

/** Runs the panel of this page until the page is gone. Nothing is drawn while the page is hidden. */
export const runPanel = (): Panel => {
  const clock = createBrowserClock();
  const cell = new PanelCell();
  let state = emptyPanel;
  const traces = createTraceBook();
  const live = openLiveLink({ url: location.origin, running: () => clock.running(), software: 'phloem-panel/0.1.0' });
  const http = createHubHttp(live.ask);
  const notes = openNoteQueue({
    http,
    running: () => clock.running(),
    me: () => state.me?.name ?? null,
    show: (queue) => (cell.drafts = queue),
  });
  const state$ = new ReplaySubject<PanelState>(1);
  let turn = 0;
  let touchedAt = 0;

  const flush = (): void => {
    if (document.hidden) return;
    const running = clock.running();
    const before = performance.now();
    cell.view = keepSame(cell.view, toPanelView(state, { running, wall: clock.wall() }));
    // Alarms that stand when the page is opened are no burst.
    if (state.site !== null) cell.strip = keepSame(cell.strip, stepStripPace(cell.strip, toWaiting(cell.view.alarms), running));
    cell.said = keepSame(cell.said, stepAnnouncements(cell.said, cell.view, running));
    flushSync();
    cell.pace = stepDrawPace(cell.pace, performance.now() - before, running);
    document.title = toPageTitle(cell.view);
    showIcon(toPageIcon(cell.view));
    if (cell.view.link.isHeard && state.me !== null) notes.turn();
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
    state$.next(state);
    const isUrgent =
      event.type === 'snapshot' ||
      before.alarms !== state.alarms ||
      before.overrides !== state.overrides ||
      before.report.phase !== state.report.phase;
    if (isUrgent) flush();
  };
  const showAll = (): void => {
    flush();
    if (document.hidden) return;
    cell.traceDraws += 1;
    cell.chartDraws += 1;
  };
  const turnOnce = (): void => {
    turn += 1;
    if (document.hidden) return;
    const rates = drawRates[cell.pace.step];
    if (turn % (turnsPerSecond / rates.text) === 0) flush();
    if (turn % (turnsPerSecond / rates.charts) === 1) cell.chartDraws += 1;
    if (turn % (turnsPerSecond / 2) === 3) cell.traceDraws += 1;
    if (cell.address.route.screen !== 'wall') return;
    const running = clock.running();
    if (isTimeToReload(cell.view, { openedMs: running, untouchedForMs: running - touchedAt })) location.reload();
  };

  merge(live.events$, askAround$(state$, http)).subscribe(take);
  setInterval(turnOnce, turnMs);
  document.addEventListener('visibilitychange', showAll);
  addEventListener('pageshow', showAll);
  for (const touch of ['pointerdown', 'keydown'] as const) addEventListener(touch, () => (touchedAt = clock.running()));

  const setTheme = (theme: Theme): void => {
    cell.theme = theme;
    document.documentElement.dataset['theme'] = theme;
    cell.traceDraws += 1;
    cell.chartDraws += 1;
  };
  setTheme(readTheme());
  const { go } = openNavigation((address) => {
    cell.address = keepSame(cell.address, address);
  });

  return {
    cell,
    traces,
    http,
    go,
    state: () => state,
    hubUp: () => (state.clock === null ? null : toHubUp(state.clock, state.report, clock.running())),
    hubWall: () => (state.clock === null ? null : toHubWall(state.clock, state.report, clock.running())),
    running: () => clock.running(),
    retry: () => live.retry(),
    notes,
    watch$: (request) => live.watch$(request),
    cycleTheme: () => {
      setTheme(toNextTheme(cell.theme));
      rememberTheme(cell.theme);
    },
  };
};

const showIcon = (path: string): void => {
  const icon = document.querySelector('link[rel="icon"]');
  if (icon !== null && icon.getAttribute('href') !== path) icon.setAttribute('href', path);
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
