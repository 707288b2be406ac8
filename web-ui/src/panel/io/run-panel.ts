import { merge, ReplaySubject } from 'rxjs';
import { flushSync } from 'svelte';
import { stepStripPace, toWaiting } from '../../alarms/strip-pace.ts';
import { toHubUp, toHubWall } from '../../clock/hub-clock.ts';
import { createBrowserClock } from '../../clock/io/browser-clock.ts';
import { openHistory } from '../../history/run-history.ts';
import { createTraces } from '../../history/traces.ts';
import { createHubHttp } from '../../live/hub-http.ts';
import { openLiveLink } from '../../live/io/live-link.ts';
import { openNoteQueue } from '../../notes/io/note-queue-store.ts';
import { openNavigation } from '../../route/io/navigation.ts';
import { keepSame } from '../../state/keep-same.ts';
import { emptyPanel, stepPanel, type PanelEvent, type PanelState } from '../../state/panel-state.ts';
import { readTheme, rememberTheme } from '../../theme/io/theme-store.ts';
import { toNextTheme, type Theme } from '../../theme/tokens.ts';
import { stepAnnouncements } from '../announcements.ts';
import { drawRates, stepDrawPace } from '../draw-pace.ts';
import { toPageIcon, toPageTitle } from '../page-sign.ts';
import { PanelCell } from '../panel-cell.svelte.ts';
import { toPanelView } from '../panel-view.ts';
import type { Panel } from '../panel.ts';
import { isTimeToReload } from '../wall-reload.ts';
import { askAround$ } from './ask-around.ts';

/** The loop turns twenty times a second; text, charts and traces are drawn in turns of their own. */
const turnMs = 50;
const turnsPerSecond = 1000 / turnMs;

/** Runs the panel of this page until the page is gone. Nothing is drawn while the page is hidden. */
export const runPanel = (): Panel => {
  const clock = createBrowserClock();
  const running = (): number => clock.running();
  const live = openLiveLink({ url: location.origin, running, software: 'phloem-panel/0.1.0' });
  const http = createHubHttp(live.ask);
  const loop = new PanelLoop(clock, () => {
    if (loop.state.me !== null) notes.turn();
  });
  const { cell } = loop;
  const notes = openNoteQueue({ http, running, me: () => loop.state.me?.name ?? null, show: (queue) => (cell.drafts = queue) });
  const hubWall = (): number | null => {
    const { clock: hub, report } = loop.state;
    return hub === null ? null : toHubWall(hub, report, running());
  };
  const history = openHistory({
    hubWall,
    newestFrame: () => loop.state.clock?.arrivedAt ?? null,
    isHeard: () => cell.view.link.isHeard,
    showCatchUp: (catchUp) => (cell.catchUp = catchUp),
  });
  merge(live.events$, askAround$(loop.state$, http)).subscribe((event) => loop.take(event));
  loop.start();
  const { go } = openNavigation((address) => (cell.address = keepSame(cell.address, address)));

  return {
    cell,
    traces: loop.traces,
    history,
    http,
    go,
    state: () => loop.state,
    hubUp: () => {
      const { clock: hub, report } = loop.state;
      return hub === null ? null : toHubUp(hub, report, running());
    },
    hubWall,
    running,
    retry: () => live.retry(),
    notes,
    watch$: (request) => live.watch$(request),
    cycleTheme: () => {
      loop.setTheme(toNextTheme(cell.theme));
      rememberTheme(cell.theme);
    },
  };
};

/** Turns what comes from the hub into what is drawn, and decides when. */
class PanelLoop {
  readonly cell = new PanelCell();
  readonly traces = createTraces();
  readonly state$ = new ReplaySubject<PanelState>(1);
  state: PanelState = emptyPanel;
  readonly #clock: ReturnType<typeof createBrowserClock>;
  readonly #whileHeard: () => void;
  #turn = 0;
  #touchedAt = 0;

  /** `whileHeard` is called with every drawing of the text while the hub is heard. */
  constructor(clock: ReturnType<typeof createBrowserClock>, whileHeard: () => void) {
    this.#clock = clock;
    this.#whileHeard = whileHeard;
  }

  start(): void {
    setInterval(() => this.#turnOnce(), turnMs);
    document.addEventListener('visibilitychange', () => this.#drawAll());
    addEventListener('pageshow', () => this.#drawAll());
    for (const touch of ['pointerdown', 'keydown'] as const) addEventListener(touch, () => (this.#touchedAt = this.#clock.running()));
    this.setTheme(readTheme());
  }

  take(event: PanelEvent): void {
    const before = this.state;
    const state = stepPanel(before, event);
    this.state = state;
    if (event.kind === 'snapshot' || event.kind === 'changes') {
      const { points, up } = event.message;
      this.traces.record(
        points.filter((point) => state.points.get(point.id) === point),
        up,
      );
    }
    this.state$.next(state);
    const isUrgent =
      event.kind === 'snapshot' ||
      before.alarms !== state.alarms ||
      before.overrides !== state.overrides ||
      before.report.phase !== state.report.phase;
    if (isUrgent) this.#drawText();
  }

  setTheme(theme: Theme): void {
    this.cell.theme = theme;
    document.documentElement.dataset['theme'] = theme;
    this.cell.traceDraws += 1;
    this.cell.chartDraws += 1;
  }

  #drawText(): void {
    if (document.hidden) return;
    const { cell, state } = this;
    const running = this.#clock.running();
    const before = performance.now();
    cell.view = keepSame(cell.view, toPanelView(state, { running, wall: this.#clock.wall() }));
    // Alarms that stand when the page is opened are no burst.
    if (state.site !== null) cell.strip = keepSame(cell.strip, stepStripPace(cell.strip, toWaiting(cell.view.alarms), running));
    cell.said = keepSame(cell.said, stepAnnouncements(cell.said, cell.view, running));
    flushSync();
    cell.pace = stepDrawPace(cell.pace, performance.now() - before, running);
    document.title = toPageTitle(cell.view);
    showIcon(toPageIcon(cell.view));
    if (cell.view.link.isHeard) this.#whileHeard();
  }

  #drawAll(): void {
    this.#drawText();
    if (document.hidden) return;
    this.cell.traceDraws += 1;
    this.cell.chartDraws += 1;
  }

  #turnOnce(): void {
    this.#turn += 1;
    if (document.hidden) return;
    const { cell } = this;
    const turn = this.#turn;
    const rates = drawRates[cell.pace.step];
    if (turn % (turnsPerSecond / rates.text) === 0) this.#drawText();
    if (turn % (turnsPerSecond / rates.charts) === 1) cell.chartDraws += 1;
    if (turn % (turnsPerSecond / 2) === 3) cell.traceDraws += 1;
    if (cell.address.route.screen !== 'wall') return;
    const running = this.#clock.running();
    if (isTimeToReload(cell.view, { openedMs: running, untouchedForMs: running - this.#touchedAt })) location.reload();
  }
}

const showIcon = (path: string): void => {
  const icon = document.querySelector('link[rel="icon"]');
  if (icon !== null && icon.getAttribute('href') !== path) icon.setAttribute('href', path);
};
