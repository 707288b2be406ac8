import { toExceptionWords, toPlaceText } from '../registers/exceptions.ts';
import type { ReadingParams, ReasonCode } from './reason.ts';
import type { Sayer, Sentences } from './sayer.ts';

type Own = { readonly [C in keyof ReadingParams & ReasonCode]: (params: ReadingParams[C], say: Sayer) => string };

/** The sentences of readings. */
export const readingSentences = {
  'reading/quality': ({ quality }) => quality,
  'reading/never-read': () => 'has not been read yet',
  'reading/overdue': ({ because }, say) => `no longer read${because === undefined ? '' : `: ${say.of(because)}`}`,
  'reading/demonstration': () => 'a demonstration',
  'reading/maintenance': ({ by, until, reason }, say) => `in maintenance until ${say.time(until)}, ${say.person(by)}: ${reason}`,
  'reading/source-has-none': ({ said }) => said ?? 'the source has no value',
  'reading/refused': ({ unit, exception, ...span }) => `unit ${unit} cannot be read, ${toExceptionWords(exception)} (${toPlaceText(span)})`,
  'reading/too-short': () => 'the answer is too short',
  'reading/no-number': ({ register }) =>
    register === undefined ? 'the instrument reports no number' : `register ${register} holds no number`,
  'reading/no-value': ({ raw, register }) =>
    register === undefined ? `the instrument reports no value (${raw})` : `register ${register} reports no value (${raw})`,
  'reading/neither-on-nor-off': ({ raw, on, off }) =>
    on === undefined ? `${raw} is neither on nor off` : `${raw} is neither on (${on}) nor off (${off})`,
  'reading/unnamed': ({ raw }) => `${raw} is none of the named values`,
  'reading/no-mode': ({ raw }) => `${raw} is none of its modes`,
  'reading/marked-invalid': ({ register, raw }) => `the instrument marks it as not valid: register ${register} is ${raw}`,
  'reading/no-scale': ({ register, raw }) => `register ${register} names no scale: ${raw}`,
  'reading/outside': ({ read, min, max }) => `${read} is outside of ${min} to ${max}`,
  'reading/limited': ({ read, limit, unit }) => `${read} ${unit} is limited to ${limit} ${unit}`.replaceAll('  ', ' '),
  'reading/calibrated-past-limit': ({ read, limit }) => `calibrated to ${read}, limited to ${limit}`,
  'reading/too-fast': ({ moved, withinMs, most, perMs }) =>
    `moved by ${Number(moved.toPrecision(3))} within ${Math.max(1, Math.round(withinMs / 1000))} s; at most ${most} in ${perMs / 1000} s is plausible`,
  'reading/no-inputs': () => 'has no inputs',
  'reading/input': ({ point, quality, because }, say) => `${point}: ${because === undefined ? quality : say.of(because)}`,
  'reading/no-result': ({ formula }) => `${formula} has no value for these inputs`,
  'sum/began-late': () => 'counted since a start in the middle of the day',
  'sum/unknown-time': ({ forMs }) => `${Math.round(forMs / 60_000)} min of the day are unknown`,
  'sum/no-light': () => 'the light is unknown at the moment',
  'sum/partly-simulated': () => 'a part of the day is simulated',
  'counter/wrapped-unseen': () => 'the counter may have wrapped more than once since the last reading',
  'counter/restarted': ({ from, to }) => `the counter restarted: ${to} after ${from}; counts just before the restart may be missing`,
  'counter/too-fast': ({ from, to }) => `the counter went from ${from} to ${to}, faster than maxRate: these counts are left out`,
  'bus/wrong-answer': ({ expected }) => `the answer was that of a ${expected === 'read' ? 'write' : 'read'}`,
  'bus/exception': ({ exception }) => toExceptionWords(exception),
} satisfies Own & Partial<Sentences>;
