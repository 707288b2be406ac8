import {
  formatDeviceValue,
  longestOverrideMs,
  reasonInterlocks,
  renderReason,
  toPersonText,
  type DeviceValue,
  type InterlockEntry,
  type Reason,
  type ReasonCode,
  type ReasonTexts,
} from '@phloem/protocol';
import { formatDelta, type Explanation, type TracedOffset } from '@phloem/rules';
import { toActual, type WhyFacts } from './gather-facts.ts';

/** How times are shown: the site's people read them. */
export type TimeTexts = {
  readonly day: (at: number) => string;
  readonly clock: (at: number) => string;
  /** As `clock`, with the day in front where it is not of today. */
  readonly time: (at: number) => string;
  /** The short name of the site's zone: `CET`. */
  readonly zone: (at: number) => string;
};

/** A value as people say it. */
export const toWord = (value: DeviceValue | null): string => (value === null ? 'unknown' : formatDeviceValue(value));

/** One sentence: why the device is as it is, or why it is not as `not` says. */
export const explainDevice = (why: WhyFacts, not: DeviceValue | null, { time }: TimeTexts): string => {
  const actual = toActual(why);
  const texts: ReasonTexts = { time, device: why.shape };
  const reason = toReason(why, texts);
  if (not === null || not === actual) {
    const since = why.facts.since === null ? '' : ` since ${time(why.facts.since.at)}`;
    return `${why.device} is ${toWord(actual)}${since}, because ${reason}.`;
  }
  return `${why.device} is not ${toWord(not)}, because ${toReasonAgainst(why, not, texts) ?? reason}${toBesides(why)}.`;
};

/** Interlocks that have taken nothing away, since nobody requested what they deny: they would. */
const toBesides = (why: WhyFacts): string => {
  const others = toActive(why).filter((entry) => entry.id !== toHolding(why)?.id);
  const does = new Map(why.interlocks.map((interlock) => [interlock.id, interlock.does]));
  return others.map(({ id, state }) => `; besides, the interlock ${id} is ${state} (${does.get(id) ?? ''})`).join('');
};

/** The interlocks at work on the device. */
export const toActive = ({ facts, interlocks }: WhyFacts): readonly InterlockEntry[] =>
  interlocks.flatMap(({ id }) => {
    const entry = facts.interlocks.get(id);
    return entry === undefined || entry.state === 'clear' ? [] : [entry];
  });

/** The interlock that holds the device, as the gate says: it is named in the reason of what the device shows. */
const toHolding = (why: WhyFacts): InterlockEntry | null => {
  const { shown } = why.facts;
  const holding = shown?.why === undefined ? [] : reasonInterlocks(shown.why);
  return toActive(why).find(({ id }) => holding.includes(id)) ?? null;
};

/** Reasons whose sentence has no subject of its own, since they are said beside the device. */
const subjectless: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'device/discrepancy',
  'device/silent',
  'device/unsolicited-change',
  'ramp/moving',
]);

/** A reason as a clause after "because". */
const toClause = (reason: Reason, texts: ReasonTexts): string => {
  const isSubjectless = subjectless.has(reason.code) || (reason.code === 'limit/waiting' && reason.params.because === undefined);
  return `${isSubjectless ? 'it ' : ''}${renderReason(reason, texts)}`;
};

/** Whose hand is on the device, and until when: as the log says, or, where that is too long ago, as the engine remembers. */
const toHand = ({ at, facts: { override }, explanation }: WhyFacts, time: TimeTexts['time']): string | null => {
  const hand = explanation?.hand ?? null;
  const until = override === null ? null : (override.until ?? override.at + (override.forMs ?? longestOverrideMs));
  if (override !== null && until !== null && until > at) {
    return `an override by ${toPersonText(override.by)} holds it until ${time(until)}: ${override.reason ?? 'no reason was given'}`;
  }
  return hand === null ? null : `an override holds it until ${time(at + hand.leftMs)}, by ${hand.who}`;
};

const toReason = (why: WhyFacts, texts: ReasonTexts): string => {
  const { time } = texts;
  const { facts, explanation } = why;
  const { shown } = facts;
  const asks = explanation === null || explanation.rule === null ? '' : `, which asks for ${toWord(explanation.value)}`;
  const request = explanation === null ? null : `${explanation.because}${asks}`;
  const holding = toHolding(why);
  const hand = toHand(why, time);
  if (shown?.phase === 'discrepancy' || shown?.phase === 'unknown' || shown?.phase === 'failed') {
    // Anyone who wants it otherwise is not why it is as it is.
    const above = holding === null ? hand : `the interlock ${describeInterlock(holding, texts)}`;
    const amiss = shown.why === undefined ? shown.phase : toClause(shown.why, texts);
    return `${amiss}${above === null ? '' : `; ${above}`}${request === null ? '' : ` (requested: ${request})`}`;
  }
  if (holding !== null) return `the interlock ${describeInterlock(holding, texts)}${request === null ? '' : ` (without it: ${request})`}`;
  if (hand !== null) return `${hand}${request === null ? '' : ` (without that: ${request})`}`;
  if (shown?.phase === 'held')
    return `${shown.why === undefined ? 'it is held' : toClause(shown.why, texts)}${request === null ? '' : ` (without that: ${request})`}`;
  if (shown?.phase === 'safe')
    return `the hub holds its safe state: ${shown.why === undefined ? 'nobody commands it' : renderReason(shown.why, texts)}`;
  if (explanation === null) {
    if (shown?.why !== undefined) return toClause(shown.why, texts);
    return why.isForgotten ? forgotten : 'no live bundle commands it';
  }
  // What was decided when it switched says more than what is so now.
  if (facts.switched === null || facts.switched.to !== toActual(why)) return explanation.because + describeMoved(explanation, why.at, time);
  return facts.switched.because + describeMoved(facts.switched, facts.switched.at, time);
};

/** The set-points that an operator had moved when it was so decided. */
const describeMoved = ({ offsets }: Pick<Explanation, 'offsets'>, at: number, time: TimeTexts['time']): string =>
  offsets.map((offset) => `; ${offset.setpoint} is moved by ${describeMovedBy(offset, at, time)}`).join('');

/** How far a set-point is moved, until when, by whom and why. */
export const describeMovedBy = ({ delta, unit, who, leftMs }: TracedOffset, at: number, time: TimeTexts['time']): string =>
  `${formatDelta(delta, unit)} until ${time(at + leftMs)}, by ${who}`;

/** What is said where the log has been cut off behind the switch to the rules of that time. */
export const forgotten = 'the log no longer says which rules were live then';

const toReasonAgainst = (why: WhyFacts, not: DeviceValue, texts: ReasonTexts): string | null => {
  const { time } = texts;
  const { explanation, facts } = why;
  const holding = toHolding(why);
  if (holding !== null) return `the interlock ${describeInterlock(holding, texts)}`;
  const hand = toHand(why, time);
  if (hand !== null) return hand;
  if (explanation === null) return null;
  if (explanation.value === not) {
    return facts.shown?.why === undefined ? 'the request has not been written yet' : toClause(facts.shown.why, texts);
  }
  const moved = describeMoved(explanation, why.at, time);
  const outranked = explanation.blocked.filter(({ reason }) => reason === 'outranked');
  if (outranked.length > 0 && explanation.rule !== null) {
    return `${explanation.because}; that outranks ${outranked.map(({ because }) => because).join('; ')}${moved}`;
  }
  const kept = explanation.blocked.map(({ because, reason }) => `${because} (${reason})`);
  return kept.length > 0 ? kept.join('; ') + moved : null;
};

const describeInterlock = ({ id, why, state }: InterlockEntry, texts: ReasonTexts): string =>
  why?.code === 'interlock/state' ? renderReason(why, texts) : `${id} is ${state}`;
