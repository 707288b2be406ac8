import type { LiveSource } from '../history/live.ts';
import type { HistoryHub } from '../history/queries.ts';
import type { HistoryClient } from '../history/run-history.ts';
import type { PanelState } from '../state/panel-state.ts';
import type { Theme } from '../theme/tokens.ts';

/** What a sparkline needs of the panel. */
export type TraceSource = LiveSource &
  HistoryHub & {
    readonly cell: { readonly theme: Theme; readonly traceDraws: number; readonly view: { readonly link: { readonly isHeard: boolean } } };
    readonly history: HistoryClient;
    readonly state: () => PanelState;
  };
