import type { LogQuery } from '../../log/log-answer.ts';
import type { CsvQuery, HistoryAnswers, HistoryLimits } from '../history.ts';
import type { HistoryNotice } from '../history-service.ts';

/** What the thread of a history is started with: its file, the log's, and what it may keep. */
export type HistoryWorkerData = { readonly path: string; readonly log: string; readonly limits: HistoryLimits };

type Ask<C extends keyof HistoryAnswers> = { readonly call: C; readonly query: Parameters<HistoryAnswers[C]>[0] | undefined };
type AnyAsk =
  | { [C in keyof HistoryAnswers]: Ask<C> }[keyof HistoryAnswers]
  | { readonly call: 'csv'; readonly query: CsvQuery }
  | { readonly call: 'log'; readonly query: LogQuery };

/** What the hub says to the thread. */
export type HistoryOrder = ({ readonly kind: 'ask'; readonly id: number } & AnyAsk) | { readonly kind: 'end' };

/** What the thread says to the hub. */
export type HistoryReport =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'notice'; readonly notice: HistoryNotice };
