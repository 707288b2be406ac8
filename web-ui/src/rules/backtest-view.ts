import type { BacktestStatus, DeviceId } from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';

type Moment = { readonly at: number };
type Claim =
  | { readonly kind: 'known'; readonly value: number }
  | { readonly kind: 'between'; readonly min: number; readonly max: number | null }
  | { readonly kind: 'undetermined'; readonly atLeast: number };
type Side = {
  readonly runs: readonly { readonly from: Moment | null; readonly to: Moment | null }[];
  readonly starts: Claim;
  readonly onMs: Claim;
  readonly horizon: Moment | null;
};
/** What of a result of a back-test the page shows. */
export type BacktestFound = {
  readonly kind: 'backtest';
  readonly window: {
    readonly from: number;
    readonly to: number;
    readonly counted: { readonly first: Moment; readonly last: Moment } | null;
  };
  readonly coverage: { readonly knownMs: number; readonly absentMs: number; readonly lostMs: number; readonly simulatedPastMs: number };
  readonly devices: readonly {
    readonly device: DeviceId;
    readonly baseline: Side;
    readonly candidate: Side;
    readonly apart: readonly unknown[];
  }[];
};

/** A stretch in parts of the window, from 0 to 1. */
export type Bar = { readonly x: number; readonly width: number };
export type LaneView = {
  readonly device: DeviceId;
  readonly live: readonly Bar[];
  readonly draft: readonly Bar[];
  /** From where on nothing can be said, as a part of the window; null where all can. */
  readonly horizon: { readonly x: number; readonly at: number } | null;
  readonly differences: number;
  readonly rows: readonly { readonly name: string; readonly live: string; readonly draft: string }[];
};
export type BacktestView = { readonly lanes: readonly LaneView[]; readonly notes: readonly string[] };

/** A result as the page shows it: its devices among those that are asked for; null for anything that is no result. */
export const toBacktestView = (result: BacktestStatus['result'], devices: readonly DeviceId[]): BacktestView | null => {
  if (!isFound(result)) return null;
  const { counted, from, to } = result.window;
  if (counted === null)
    return { lanes: [], notes: ['Nothing can be counted yet: the rules first run as long as their longest memory lasts.'] };
  const toX = (at: number): number => Math.min(1, Math.max(0, (at - from) / (to - from)));
  const toBars = ({ runs }: Side): readonly Bar[] =>
    runs.map((run) => {
      const x = toX(run.from?.at ?? counted.first.at);
      return { x, width: Math.max(0, toX(run.to?.at ?? counted.last.at) - x) };
    });
  const lanes = result.devices
    .filter(({ device }) => devices.includes(device))
    .map(({ device, baseline, candidate, apart }): LaneView => ({
      device,
      live: toBars(baseline),
      draft: toBars(candidate),
      horizon: candidate.horizon === null ? null : { x: toX(candidate.horizon.at), at: candidate.horizon.at },
      differences: apart.length,
      rows: [
        { name: 'Starts', live: toClaimText(baseline.starts, String), draft: toClaimText(candidate.starts, String) },
        { name: 'Run time', live: toClaimText(baseline.onMs, toTime), draft: toClaimText(candidate.onMs, toTime) },
      ],
    }));
  return { lanes, notes: toNotes(result) };
};

const isFound = (result: unknown): result is BacktestFound =>
  typeof result === 'object' && result !== null && (result as { kind?: unknown }).kind === 'backtest';

const toTime = (ms: number): string => toDurationText(Math.round(ms / 1000) * 1000);

/** What is undetermined is never a bare number. */
const toClaimText = (claim: Claim, toText: (value: number) => string): string => {
  switch (claim.kind) {
    case 'known':
      return toText(claim.value);
    case 'between':
      return claim.max === null ? `at least ${toText(claim.min)}` : `${toText(claim.min)} to ${toText(claim.max)}`;
    case 'undetermined':
      return `undetermined; ${toText(claim.atLeast)} until the horizon`;
  }
};

const toNotes = ({ coverage: { knownMs, absentMs, lostMs, simulatedPastMs } }: BacktestFound): readonly string[] => [
  `${toTime(knownMs)} counted`,
  ...(simulatedPastMs > 0 ? [`${toTime(simulatedPastMs)} of it simulated, not recorded`] : []),
  ...(absentMs > 0 ? [`${toTime(absentMs)} without a hub`] : []),
  ...(lostMs > 0 ? [`${toTime(lostMs)} lost from the log`] : []),
];

/** What is wrong with a draft, without the lines of the text that was sent: people here have not written that. */
export const toProblemText = (message: string): string =>
  message
    .split('\n')
    .filter((line) => !/^\s*\d*\s*\|/.test(line))
    .map((line) => line.trim().replace(/^candidate:\d+:\d+: /, ''))
    .filter((line) => line !== '')
    .join('; ');
