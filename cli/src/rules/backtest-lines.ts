import { formatDuration, formatDeviceValue } from '@phloem/protocol';
import type { ActionComparison, BacktestResult, Claim, DeviceComparison, FirstAction, Horizon } from '@phloem/rules';

/** How moments are shown. */
export type ToClock = (at: number) => string;

const toNumber = (value: number): string => String(Math.round(value * 100) / 100);

/** A claim as people read it. What is undetermined is never a number. */
const formatClaim = (claim: Claim, toText: (value: number) => string = toNumber): string => {
  switch (claim.kind) {
    case 'known':
      return toText(claim.value);
    case 'between':
      return claim.max === null ? `at least ${toText(claim.min)}` : `${toText(claim.min)} to ${toText(claim.max)}`;
    case 'undetermined':
      return `undetermined (${toText(claim.atLeast)} until the horizon)`;
  }
};

const toLength = (ms: number): string => formatDuration(Math.round(ms / 1000) * 1000);

const formatFirst = (first: FirstAction, toClock: ToClock): string => {
  switch (first.kind) {
    case 'running':
      return 'runs at the beginning';
    case 'never':
      return 'never acts';
    case 'at':
      return `acts first at ${toClock(first.moment.at)}`;
    case 'undetermined':
      return `does not act until ${toClock(first.notBefore.at)}; undetermined from there on`;
  }
};

const formatAction = (action: ActionComparison): string => {
  switch (action.kind) {
    case 'sooner':
    case 'later':
      return `The candidate acts ${toLength(action.byMs)} ${action.kind}.`;
    case 'only-candidate':
      return 'Only the candidate acts.';
    case 'only-baseline':
      return 'Only the baseline acts.';
    case 'undetermined':
      return 'Which acts first is undetermined.';
    case 'same':
    case 'neither':
      return '';
  }
};

const formatHorizon = ({ at, by }: Horizon, toClock: ToClock): string =>
  `  divergence horizon ${toClock(at)}: from here on ${by} would have changed what was measured`;

const shownApart = 5;

const toDeviceLines = (comparison: DeviceComparison, toClock: ToClock): readonly string[] => {
  const { device, baseline, candidate, action, apart } = comparison;
  const row = (name: string, key: 'starts' | 'onMs', toText?: (value: number) => string): string =>
    `  ${name}: baseline ${formatClaim(baseline[key], toText)}, candidate ${formatClaim(candidate[key], toText)}`;
  if (apart.length === 0) return [`${device}: no difference (starts: ${formatClaim(candidate.starts)})`];
  return [
    [
      `${device}: the candidate ${formatFirst(candidate.first, toClock)}, the baseline ${formatFirst(baseline.first, toClock)}.`,
      formatAction(action),
    ]
      .filter((part) => part !== '')
      .join(' '),
    row('starts', 'starts'),
    row('on-time', 'onMs', toLength),
    ...(candidate.horizon === null ? [] : [formatHorizon(candidate.horizon, toClock)]),
    ...apart.slice(0, shownApart).map(({ from, to, live, side }) => {
      const until = to === null ? 'to the end' : `to ${toClock(to.at)}`;
      const isConditional = candidate.horizon !== null && from.lsn > candidate.horizon.lsn;
      const [was, is] = [live, side].map((value) => (value === null ? 'nothing' : formatDeviceValue(value)));
      return `  ${toClock(from.at)} ${until}: was ${was}, candidate ${is}${isConditional ? ' (on readings that followed from what ran)' : ''}`;
    }),
    ...(apart.length > shownApart ? [`  and ${apart.length - shownApart} more; --json shows them`] : []),
  ];
};

/** The lines that say what a back-test found. */
export const toBacktestLines = (result: BacktestResult, toClock: ToClock): readonly string[] => {
  const { window, coverage, events, devices, alarms, reconciliation } = result;
  const head = `candidate ${result.candidate.slice(0, 12)} against ${result.baseline === null ? 'what was live' : result.baseline.slice(0, 12)}`;
  if (window.counted === null) {
    return [
      head,
      'Nothing was counted: the log has no entries in this window after the warm-up. phloem log stats shows how far back it goes.',
    ];
  }
  const { first, last } = window.counted;
  const times = (
    [
      ['cold and not counted', window.coldMs],
      ['without a hub', coverage.absentMs],
      ['lost from the log', coverage.lostMs],
      ['from the simulated past, not recorded', coverage.simulatedPastMs],
      ['with simulated readings', coverage.simulatedMs],
      ['with an override', coverage.overriddenMs],
      ['without a service', coverage.unservedMs],
    ] as const
  ).flatMap(([what, ms]) => (ms > 0 ? [`${toLength(ms)} ${what}`] : []));
  return [
    head,
    `counted ${toClock(first.at)} to ${toClock(last.at)}: ${toLength(coverage.knownMs)} known${times.map((time) => `, ${time}`).join('')}`,
    ...toReplayLines(reconciliation, toClock),
    ...events
      .slice(0, 10)
      .map(
        ({ kind, about, at }) =>
          `  ${toClock(at)} ${eventNames[kind]}: ${kind === 'bundle' || kind === 'site' ? about.slice(0, 12) : about}`,
      ),
    ...(events.length > 10 ? [`  and ${events.length - 10} more events; --json shows them`] : []),
    '',
    ...devices.flatMap((device) => toDeviceLines(device, toClock)),
    ...alarms.map(
      ({ alarm, baseline, candidate }) => `alarm ${alarm}: baseline ${formatClaim(baseline)}, candidate ${formatClaim(candidate)}`,
    ),
  ];
};

const eventNames = {
  absent: 'the hub did not run',
  gap: 'entries are missing',
  recorded: 'the simulated past ends',
  bundle: 'another bundle',
  site: 'another site',
  override: 'override',
  trip: 'interlock tripped',
  'no-lease': 'no service for',
  unusable: 'the live bundle could not be run',
} as const;

const toReplayLines = (reconciliation: BacktestResult['reconciliation'], toClock: ToClock): readonly string[] => {
  if (reconciliation === null) return ['The replay of the live bundle was not compared: the log does not reach back to a known state.'];
  const { decisions, matched, unsent, mismatches } = reconciliation;
  const [first] = mismatches;
  const count = `${matched} of ${decisions} decisions of the live bundle replayed as recorded${unsent > 0 ? `, ${unsent} never sent` : ''}`;
  if (first === undefined) return [count];
  return [
    `${count}, ${mismatches.length} DIFFER: the result is not reliable`,
    `  first at ${toClock(first.at)}: ${first.device} (${first.kind}), entry ${first.lsn}`,
  ];
};
