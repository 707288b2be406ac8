import type { FaultCode, SubscriptionId, WatchRequest } from '@phloem/protocol';
import type { WatchNews } from '@phloem/reconnect';
import type { PanelEvent } from '../state/panel-state.ts';
import type { AnswerName } from './answers.ts';

/** A request to the hub over HTTP; `id` counts the requests of a page. */
export type Ask = {
  readonly id: number;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: AnswerName;
  readonly timeoutMs: number;
};

/** What came of a request: the answer, checked; or why there is none. */
export type AskAnswer = { readonly id: number } & ({ readonly value: unknown } | { readonly code: FaultCode; readonly message: string });

/** What the page sends to its worker. `running` is the page's running time at `start`, by which the worker dates events. */
export type ToWorker =
  | { readonly kind: 'start'; readonly url: string; readonly software: string; readonly running: number }
  | { readonly kind: 'watch'; readonly request: WatchRequest }
  | { readonly kind: 'unwatch'; readonly watch: SubscriptionId }
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'forget'; readonly id: number };

/** What the worker sends to the page: what has come in since its last word, in order. */
export type FromWorker =
  | { readonly kind: 'events'; readonly events: readonly PanelEvent[] }
  | { readonly kind: 'watch'; readonly news: WatchNews }
  | { readonly kind: 'answered'; readonly answer: AskAnswer };

/** Claims that the page should hear of it at once: an alarm, a broken link, the first picture after one. */
export const isUrgent = (event: PanelEvent): boolean =>
  event.kind === 'status' || event.kind === 'snapshot' || (event.kind === 'entries' && event.entries.some(({ kind }) => kind === 'alarm'));
