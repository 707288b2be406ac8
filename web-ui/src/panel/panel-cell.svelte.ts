import { parseAddress, type Address } from '../route/route.ts';
import { restingStrip, type StripPace } from '../alarms/strip-pace.ts';
import type { DraftNote } from '../notes/note-queue.ts';
import { fullPace, type DrawPace } from './draw-pace.ts';
import { silence, type Announcements } from './announcements.ts';
import { emptyPanel } from '../state/panel-state.ts';
import { toPanelView, type PanelView } from './panel-view.ts';
import type { Theme } from '../theme/tokens.ts';

/** What the components read. Values are replaced as a whole; what did not change keeps its identity. */
export class PanelCell {
  view: PanelView = $state.raw(toPanelView(emptyPanel, { running: 0, wall: 0 }));
  said: Announcements = $state.raw(silence);
  /** What the alarm strip shows of the alarms that wait. */
  strip: StripPace = $state.raw(restingStrip);
  /** Where the browser is. */
  address: Address = $state.raw(parseAddress({ pathname: '/', search: '' }));
  /** Where the cursor of a chart stands, by the hub's wall clock; null where it is on none. */
  pointedAt: number | null = $state.raw(null);
  /** Notes that were written while no hub was heard, and wait in this browser. */
  drafts: readonly DraftNote[] = $state.raw([]);
  theme: Theme = $state.raw('day');
  /** How much of what was missed while there was no link has been read again; null when nothing is missing. */
  catchUp: { readonly doneMs: number; readonly totalMs: number } | null = $state.raw(null);
  /** How often the page is drawn. */
  pace: DrawPace = $state.raw(fullPace);
  /** Counts the draws of the traces, two a second; a sparkline draws when it changes. */
  traceDraws: number = $state.raw(0);
  /** Counts the draws of the charts, ten a second, fewer under load. */
  chartDraws: number = $state.raw(0);
}
