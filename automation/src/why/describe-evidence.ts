import { toPersonText, renderReason, type OverrideEntry, type Reason } from '@phloem/protocol';
import type { Explanation, TraceValue } from '@phloem/rules';
import { toActual, type WhyFacts } from './gather-facts.ts';
import { forgotten, describeMovedBy, toWord, type TimeTexts } from './explain-device.ts';

/** The evidence behind the sentence, from the device down to its readings. */
export const describeEvidence = (why: WhyFacts, texts: TimeTexts): readonly string[] => [
  `asked about  ${texts.day(why.at)} ${texts.clock(why.at)} ${texts.zone(why.at)}, entry ${why.lsn}`,
  ...describeDevice(why, texts),
  ...describeInterlockStates(why, texts),
  ...(why.explanation === null
    ? [`rules        ${why.isForgotten ? forgotten : 'no live bundle commands it'}`]
    : [...describeOffsets(why.explanation, why.at, texts), ...describeExplanation(why.explanation)]),
  describeReplay(why),
];

const describeDevice = ({ facts, explanation, ...why }: WhyFacts, { time }: TimeTexts): readonly string[] => {
  const say = (reason: Reason): string => renderReason(reason, { time, device: why.shape });
  const { shown, override, lease, switched } = facts;
  return [
    `device       ${toWord(toActual({ facts, explanation, ...why }))}, requested ${explanation === null ? 'by no rule' : toWord(explanation.value)}`,
    ...(shown === null
      ? []
      : [
          `hub          ${shown.phase} at ${time(shown.at)} by ${toPersonText(shown.by)}: ${shown.why === undefined ? 'no reason was given' : say(shown.why)}`,
        ]),
    ...(switched === null ? [] : [`decided      ${time(switched.at)}, entry ${switched.lsn}: ${switched.because}`]),
    `override     ${describeOverride(override, explanation)}`,
    `lease        ${lease === null || lease.holder === null ? 'nobody' : `${lease.holder}, term ${lease.term}`}`,
    ...[...facts.alarms.values()]
      .filter(({ state }) => state !== 'cleared')
      .map(({ alarm, at, reason }) => `alarm        ${alarm} since ${time(at)}: ${reason ?? ''}`),
  ];
};

const describeOverride = (override: OverrideEntry | null, explanation: Explanation | null): string => {
  if (override !== null) return `${toWord(override.value ?? null)} by ${toPersonText(override.by)}: ${override.reason ?? ''}`;
  const hand = explanation?.hand ?? null;
  return hand === null ? 'none' : `${toWord(hand.value)} by ${hand.who}`;
};

const describeInterlockStates = ({ interlocks, facts, shape }: WhyFacts, { time }: TimeTexts): readonly string[] =>
  interlocks.length === 0
    ? ['interlocks   none affects it']
    : [
        'interlocks',
        ...interlocks.map(({ id, does }) => {
          const entry = facts.interlocks.get(id);
          if (entry === undefined) return `  ${'clear'.padEnd(9)}${id} (${does})`;
          return `  ${entry.state.padEnd(9)}${id} (${does}) since ${time(entry.at)}${entry.why === undefined ? '' : `: ${renderReason(entry.why, { time, device: shape })}`}`;
        }),
      ];

const describeOffsets = ({ offsets }: Explanation, at: number, { time }: TimeTexts): readonly string[] =>
  offsets.map((offset) => `moved        ${offset.setpoint} to ${toText(offset.value)}, by ${describeMovedBy(offset, at, time)}`);

const describeExplanation = (explanation: Explanation): readonly string[] => [
  'levels',
  ...explanation.levels.map(({ level, requests }) => {
    const asked = requests.map(({ rule, value, wins }) => `${rule === null ? '' : `${rule} `}${toWord(value)}${wins ? '  <- wins' : ''}`);
    return `  ${level.padEnd(9)} ${asked.length === 0 ? '-' : asked.join(', ')}`;
  }),
  ...(explanation.blocked.length === 0
    ? []
    : ['kept back', ...explanation.blocked.map(({ rule, reason, because }) => `  ${rule} (${reason}): ${because}`)]),
  ...(explanation.hub.held === null ? [] : [`constraint   ${explanation.hub.held}`]),
  ...(explanation.expressions.length === 0 ? [] : ['expressions']),
  ...explanation.expressions.flatMap(({ rule, text, parts }) => [
    `  ${rule}: ${text}`,
    ...parts.filter((part) => part.text !== text || parts.length === 1).map((part) => `    ${part.text} = ${toText(part.value)}`),
    ...parts.filter((part) => part.text === text && parts.length > 1).map((part) => `    -> ${toText(part.value)}`),
  ]),
  ...(explanation.nodes.length === 0 ? [] : ['remembered']),
  ...explanation.nodes.map(({ id, type, state }) => {
    const { v: _v, ...rest } = state as { v?: unknown };
    return `  ${id} (${type}) ${JSON.stringify(rest).slice(0, 200)}`;
  }),
  ...(explanation.inputs.length === 0 ? [] : ['inputs']),
  ...explanation.inputs.map(
    ({ name, point, value, named = toText(value), quality, ageMs }) =>
      `  ${name.padEnd(8)} ${point}  ${named}  ${quality}  ${ageMs === null ? 'never' : `${(ageMs / 1000).toFixed(1)} s old`}`,
  ),
];

const describeReplay = ({ replayed: { from, isCheckpoint, entries } }: WhyFacts): string =>
  `recomputed   from ${isCheckpoint ? `the checkpoint at entry ${from}` : 'the beginning of the log'} over ${entries} entries`;

const toText = (value: TraceValue): string =>
  value === null ? 'unknown' : typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : String(value);
