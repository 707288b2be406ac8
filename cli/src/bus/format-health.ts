import { toPlaceText, type BusHealthAnswer, type UnitHealthAnswer } from '@phloem/protocol';
import { toTable } from './table.ts';

const toShare = (share: number): string => `${(share * 100).toFixed(1)} %`;
const toMs = (ms: number | null): string => (ms === null ? '–' : ms.toFixed(1));

/** The share of requests that brought an answer that could be believed; a dash before the first. */
export const toOkShare = ({ requests, timeouts, mismatches, exceptions }: UnitHealthAnswer): string =>
  requests === 0 ? '–' : toShare((requests - timeouts - mismatches - exceptions) / requests);

const toUnitRow = (unit: UnitHealthAnswer): string[] => [
  String(unit.unit),
  unit.names.join(', ').slice(0, 48) || '(not in the site)',
  toOkShare(unit),
  String(unit.requests),
  toMs(unit.p50),
  toMs(unit.p95),
  String(unit.timeouts),
  String(unit.checksums),
  String(unit.mismatches - unit.checksums),
  String(unit.exceptions),
  String(unit.unsent),
  unit.silentMs === 0 ? '' : `silent for ${Math.round(unit.silentMs / 1000)} s`,
];

/** What was found out about a unit, and what to write down of it. */
const toNotes = ({ unit, holes, advice, gapMs, isGapLearned }: UnitHealthAnswer): readonly string[] => [
  ...(gapMs > 0 && !isGapLearned ? [`  unit ${unit} gets a pause of ${gapMs} ms between requests`] : []),
  ...holes.map(
    ({ function: code, address, count, why }) =>
      `  unit ${unit} cannot be read at ${toPlaceText({ function: code, address, count })}: ${why}`,
  ),
  ...advice.map((line) => `  ${line}`),
];

const toBus = (bus: BusHealthAnswer): string[] => [
  `bus ${bus.bus}: ${bus.state === 'unknown' ? 'not known yet' : bus.state}, ${bus.transport}`,
  `  busy ${toShare(bus.load)} of the last ten seconds${bus.scanLoad > 0 ? `, ${toShare(bus.scanLoad)} for manual reads` : ''}; one round of polls with pauses takes ${
    bus.cycleMs === null ? 'a time that is not known yet' : `${toMs(bus.cycleMs)} ms`
  }${bus.intervalMs === null ? '' : ` of ${bus.intervalMs} ms`}; ${bus.queue} waiting`,
  `  reconnects ${bus.reconnects}, late answers ${bus.lates}, broken checksums ${bus.checksums}, other unexpected bytes ${bus.mismatches}, skipped polls ${bus.skipped}`,
  ...(bus.units.length === 0
    ? ['  no requests yet']
    : toTable(
        ['unit', 'what', 'ok', 'requests', 'p50 ms', 'p95 ms', 'time-outs', 'CRC', 'misfits', 'exceptions', 'not sent', ''],
        bus.units.map(toUnitRow),
        [0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      )),
  ...bus.units.flatMap(toNotes),
];

/** How each bus is used and how its units answer, as a table. */
export const formatHealth = (buses: readonly BusHealthAnswer[]): string =>
  buses.length === 0 ? 'the site has no bus' : buses.map((bus) => toBus(bus).join('\n')).join('\n\n');
