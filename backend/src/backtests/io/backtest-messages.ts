import type { BacktestOrder, BacktestReport } from '../backtest-service.ts';
import type { BacktestFiles } from './open-backtest-log.ts';

/** What the thread of back-tests is started with: the files, and a number that becomes 1 when the order that runs is cancelled. */
export type BacktestWorkerData = BacktestFiles & { readonly cancelled: SharedArrayBuffer };

export type NumberedOrder = { readonly id: number; readonly order: BacktestOrder };
/** `cancelled` ends an order that reports nothing more. */
export type NumberedReport = { readonly id: number; readonly report: BacktestReport | { readonly kind: 'cancelled' } };
