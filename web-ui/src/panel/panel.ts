import type { HistoryClient } from '../history/run-history.ts';
import type { Traces } from '../history/traces.ts';
import type { HubHttp } from '../live/hub-http.ts';
import type { LiveLink } from '../live/io/live-link.ts';
import type { NoteQueue } from '../notes/io/note-queue-store.ts';
import type { Navigation } from '../route/io/navigation.ts';
import type { PanelState } from '../state/panel-state.ts';
import type { PanelCell } from './panel-cell.svelte.ts';

/** What the screens may read and do. Each names what it uses of it: `Pick<Panel, 'cell' | 'go'>`. */
export type Panel = {
  readonly cell: PanelCell;
  readonly traces: Traces;
  /** What the hub keeps of the past. */
  readonly history: HistoryClient;
  /** The hub, over HTTP. */
  readonly http: HubHttp;
  /** Goes to another address of the panel. */
  readonly go: Navigation['go'];
  /** All that was reported, as of this moment. Not reactive: read it where `cell.view` or `cell.traceDraws` has changed. */
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
