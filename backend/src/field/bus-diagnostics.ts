import type {
  BusHealthAnswer,
  BusPlanAnswer,
  BusReadAnswer,
  BusReadRequest,
  BusTransaction,
  PointId,
  RegisterAnswer,
} from '@phloem/protocol';
import type { Observable } from 'rxjs';

/** What a watch is about: a bus, one of its units, or the registers of one point. */
export type BusTarget = { readonly bus: string; readonly unit: number | null; readonly point: RegisterAnswer | null };

/** A pause that a unit was found to need between requests, and is given since. */
export type BusPause = { readonly bus: string; readonly unit: number; readonly gapMs: number };

/**
 * What technicians ask of the buses while they run: all of it through their owners, behind everything else that these
 * have to do.
 */
export interface BusDiagnostics {
  /** The live figures of each bus. */
  health(): readonly BusHealthAnswer[];
  /** What the polls cost each bus, whether they run or not. */
  plan(): readonly BusPlanAnswer[];
  /** The pauses of units that were found by trying, to be kept over a restart. */
  pauses(): readonly BusPause[];
  /** Where every point and every device's read-back stands in the registers. */
  registers(): readonly RegisterAnswer[];
  /**
   * Reads registers of any unit; resolves within the bus's deadlines.
   *
   * With a `line` it asks at that speed once nothing else waits, and resolves when the line is back at its own.
   *
   * @throws Fault `bus/unknown`, `modbus/limits`; `bus/fixed-speed` when a speed is named and the bus has none; `bus/busy`
   *   when too many already wait, or all that is asked manually has taken its half of the bus; `modbus/link` when it closes.
   */
  read(bus: string, request: BusReadRequest): Promise<BusReadAnswer>;
  /**
   * What a watch of these would show.
   *
   * @throws Fault `bus/unknown` when the site has no such bus or point.
   */
  target(wanted: { readonly bus: string; readonly unit?: number | undefined } | { readonly point: PointId }): BusTarget;
  /** The last transactions of a target, oldest first. */
  recent(target: BusTarget, count: number): readonly BusTransaction[];
  /** The transactions of a target as they end. Hot. */
  transactions$(target: BusTarget): Observable<BusTransaction>;
  /** The share of a bus that so many reads of a point in a second cost, by how its unit has answered of late. */
  cost(point: RegisterAnswer, perSecond: number): number;
  /** Claims that scans, manual reads and fast watches together have taken the share of the bus that they may. */
  isSpent(bus: string): boolean;
  /** Says which points a rule, an interlock or an alarm reads: their polls go before the others (FB2). */
  favour(points: ReadonlySet<PointId>): void;
}
