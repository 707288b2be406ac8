import { explainDeviceValue } from '../device-kind.ts';
import type { DeviceValue } from '../device-value.ts';
import { formatDuration } from '../time.ts';
import { alarmSentences } from './alarm-sentences.ts';
import { readingSentences } from './reading-sentences.ts';
import type { CommandStage, LimitName, ReasonParams, Remedy } from './reason.ts';
import type { Sayer, Sentences } from './sayer.ts';

const limits: Readonly<Record<LimitName, string>> = {
  'min-on': 'min-on',
  'min-off': 'min-off',
  'starts-per-hour': 'the limit of starts per hour',
  'max-on-per-hour': 'the limit of running time per hour',
  'max-run': 'the limit of a run',
};

/** A limit in time as people read it: `min-off`. */
export const toLimitText = (limit: LimitName): string => limits[limit];

const restarts: Readonly<Record<ReasonParams['hub/restarted']['found'], string>> = {
  'not-written': 'the hub restarted before it was written',
  'not-done': 'the hub restarted, and the write had not happened',
  'not-reached': 'the hub restarted before the device reached it',
  unknown: 'the hub restarted during the write, and the outcome is not known',
};

const before = (stage: CommandStage): string => `before it was ${stage}`;
const seconds = (ms: number): number => ms / 1000;
const list = (ids: readonly string[], say: Sayer, word = ', '): string => ids.map(say.title).join(word);

const remedies: Readonly<Record<Exclude<Remedy['kind'], 'above' | 'fail-safe'>, string>> = {
  corrected: 'the hub puts it back',
  'safe-state': 'the hub puts it back into its safe state',
  left: 'the hub leaves it as it is, because no service commands it',
  'next-request': 'it waits for the next request of its rule',
  retried: 'the hub writes it again until it is confirmed',
};

const toRemedyText = (remedy: Remedy | undefined, say: Sayer): string => {
  if (remedy === undefined) return '';
  if (remedy.kind === 'above') return `; the hub puts it back: ${say.of(remedy.because)}`;
  if (remedy.kind !== 'fail-safe') return `; ${remedies[remedy.kind]}`;
  const { value, isLatching } = remedy;
  const safe = value === null ? 'the hub leaves it as it is' : `the hub writes its safe state, ${say.value(value)}, until it is confirmed`;
  return `; ${safe}${isLatching ? '; requests wait until an operator acknowledges it' : ''}`;
};

type Difference = { readonly expected: DeviceValue; readonly read: DeviceValue; readonly since: number | null };
const toDifferenceText = ({ expected, read, since }: Difference, say: Sayer): string =>
  `should be ${say.value(expected)}, but reads ${say.value(read)}${since === null ? '' : ` since ${say.time(since)}`}`;

const refusals = {
  'command/no-value': () => 'it has no value: the value must be a boolean, a number or a text',
  'command/ttl': ({ ttlMs, minMs, maxMs }) => `ttlMs is ${ttlMs}, and must be from ${minMs} to ${maxMs}`,
  'command/draining': () => 'the hub is shutting down and accepts no commands',
  'command/term': ({ term }) => `term ${term} is not the current one`,
  'command/unknown-device': ({ device }) => `the site has no device ${device}`,
  'command/scope': ({ scope }) => `the lease over ${scope} does not cover it`,
  'command/value': ({ value }, say) => {
    const expected = say.shape === undefined ? null : explainDeviceValue(say.shape, value);
    return `${say.value(value)} is not possible${expected === null ? '' : `: ${expected}`}`;
  },
  'command/op': () => 'the op set is not possible: the device takes the op momentary',
  'command/late': ({ agoMs, ttlMs }) => `too late: decided ${seconds(agoMs)} s ago, valid for ${seconds(ttlMs)} s`,
  'command/cause-lost': ({ lsn }) => `its cause, entry ${lsn}, is no longer in this log`,
  'command/busy': ({ because }, say) => `a momentary command cannot wait: ${say.of(because)}`,
  'command/in-progress': () => 'another command is in progress',
} satisfies Partial<Sentences>;

const commands = {
  'command/superseded': ({ before: stage }) => `a newer request replaced it ${before(stage)}`,
  'command/lease-ended': ({ before: stage }) => `its lease ended ${before(stage)}`,
  'command/new-term': ({ term }) => `term ${term} was granted before it was written`,
  'command/momentary-blocked': ({ because }, say) => `${say.of(because)}; a momentary command does not wait`,
  'command/within-deadband': ({ because }, say) => `${say.of(because)}; within the deadband, left as it is`,
  'command/unconfirmed': ({ because }, say) => `not confirmed: ${say.of(because)}`,
  'hub/draining': ({ before: stage }) => `the hub shut down ${before(stage)}`,
  'hub/stopped': ({ before: stage }) => `the hub was stopped${stage === undefined ? '' : ` ${before(stage)}`}`,
  'hub/restarted': ({ found }) => restarts[found],
  'hub/no-time': ({ limit }) => `the hub stops before ${limits[limit]} has passed`,
  'site/no-device': () => 'the site no longer has this device',
  'site/changed': () => 'the site no longer has it as it was',
  'site/left-unknown': ({ value, because }, say) =>
    `the site no longer has it as it was, and it is not known whether it is ${say.value(value)} now: ${say.of(because)}`,
  'site/no-interlock': () => 'the site no longer has this interlock',
  'limit/waiting': ({ limit, until, because }, say) =>
    `${because === undefined ? '' : `${say.of(because)}; `}waits for ${limits[limit]} until ${say.time(until)}`,
  'limit/active': ({ limit, leftMs }) => `${limits[limit]} for another ${Math.ceil(seconds(leftMs))} s`,
  'limit/reached': ({ limit, until }, say) =>
    `${limits[limit]} is reached${until === null ? '' : `; the device rests until ${say.time(until)}`}`,
  'limit/over': () => 'it has stopped',
  'chatter/waiting': ({ until }, say) => `it keeps changing by itself; the hub corrects it at ${say.time(until)}`,
  'ramp/moving': (params, say) =>
    'because' in params
      ? `moves at ${say.value(params.perMinute)} per minute, there at ${say.time(params.until)}: ${say.of(params.because)}`
      : 'moves no faster than its slew rate',
} satisfies Partial<Sentences>;

const above = {
  'interlock/restricts': ({ interlocks, value }, say) => `interlock ${list(interlocks, say)}: ${say.value(value)}`,
  'interlock/contradiction': ({ interlocks }, say) => `${list(interlocks, say, ' and ')} contradict each other, so the safe value applies`,
  'interlock/state': ({ interlock, state, because }, say) =>
    state === 'latched'
      ? `${say.title(interlock)} is latched: waits for an operator`
      : `${say.title(interlock)} ${state === 'tripped' ? 'tripped' : 'is clear'}: ${say.condition(because)}`,
  'interlock/reset': ({ by }, say) => `reset by ${say.person(by)}`,
  'interlock/clear': ({ interlocks }, say) => `${list(interlocks, say)} is clear`,
  'override/active': ({ by, until, reason }, say) => `override by ${say.person(by)} until ${say.time(until)}: ${reason}`,
  'override/present': () => 'an override holds the device',
  'override/ending': ({ by, until }, say) => `the override by ${say.person(by)} ends at ${say.time(until)}`,
  'time/over': () => 'its time was over',
  'offset/other-kind': () => 'the live rules have a set-point of another kind with this name',
  'offset/no-setpoint': () => 'the live rules no longer have this set-point',
  'offset/refused': ({ because }, say) => `the rules were replaced: ${say.of(because)}`,
  'override/ended': ({ by }, say) => `the override by ${say.person(by)} ended`,
  'fail-safe/interrupted': () => 'fail-safe took over before it was written',
  'fail-safe/released': () => 'a request under a live lease arrived',
  'fail-safe/not-commanded': () => 'no service has commanded it since the hub started',
  'fail-safe/no-automation': ({ afterMs }) => `no automation for ${seconds(afterMs)} s`,
  'fail-safe/hold-over': () => 'the time limit for leaving it as it was is over',
  'fail-safe/holding': ({ because, note }, say) => `${say.of(because)}; left as it is: ${note}`,
  'fail-safe/overridden': ({ because, override }, say) => `${say.of(because)}; ${say.of(override)}`,
  'fail-safe/awaiting-operator': () => 'fail-safe took over; waits until an operator acknowledges it',
  'fail-safe/latched': ({ because }, say) => `${say.of(because)}; requests wait until an operator acknowledges it`,
  'safe-state/superseded': () => 'another safe state replaced it',
  'safe-state/unconfirmed': ({ because }, say) => `safe state not confirmed: ${say.of(because)}`,
  'operator/acknowledged': ({ by }, say) => `acknowledged by ${say.person(by)}`,
} satisfies Partial<Sentences>;

const devices = {
  'device/found': () => 'read when the hub started',
  'device/answers': () => 'as the device reports',
  'device/unread': () => 'the device has not been read yet',
  'device/position-unknown': () => 'its position is not known until it has been at an end',
  'device/silent': ({ since, isAnswered, because }, say) =>
    `${isAnswered ? 'has given no usable value' : 'has not answered'} since ${say.time(since)}: ${say.of(because)}`,
  'device/no-read-back': ({ because }, say) => `written, but it did not answer: ${say.of(because)}`,
  'device/unsolicited-change': (params, say) =>
    `changed by itself: ${toDifferenceText(params, say)}${params.isRepeated === true ? ', again and again' : ''}${toRemedyText(params.remedy, say)}`,
  'device/discrepancy': (params, say) =>
    `${toDifferenceText(params, say)}, after ${params.writes} writes${toRemedyText(params.remedy, say)}`,
  'bus/busy': () => 'the bus was busy for too long',
  'bus/unit-silent': ({ unit }) => `unit ${unit} does not answer`,
  'bus/held-up': ({ units }) =>
    `unit${units.length === 1 ? '' : 's'} ${units.join(', ')} ${units.length === 1 ? 'does' : 'do'} not answer and held up the bus`,
  'bus/no-connection': () => 'no connection to the bus',
  'bus/closed': () => 'the bus is closed',
  'pulse/over': () => 'the pulse is over',
  'write/uncertain': ({ because }, say) => `${say.of(because)}; it may have happened, and is not repeated`,
  text: ({ text }) => text,
} satisfies Partial<Sentences>;

const rules = {
  'rule/requests': ({ rule, value, forMs, because }, say) =>
    `${say.title(rule)} asks for ${say.value(value)}: ${say.condition(because)}${forMs > 0 ? ` for ${formatDuration(forMs)}` : ''}`,
  'rule/still-requests': ({ rule, value, because }, say) =>
    `${say.title(rule)} still asks for ${say.value(value)}: ${say.condition(because)}`,
  'rule/waits': ({ rule, forMs, because }, say) =>
    `${say.title(rule)} waits${forMs > 0 ? ` for ${formatDuration(forMs)}` : ''}: ${say.condition(because)}`,
  'rule/waits-its-turn': ({ rule, because }, say) => `${say.title(rule)} waits for its turn: ${say.condition(because)}`,
  'rule/no-longer-requests': ({ rule, because }, say) => `${say.title(rule)} no longer asks: ${say.condition(because)}`,
  'rule/does-not-request': ({ rule, because }, say) => `${say.title(rule)} does not ask: ${say.condition(because)}`,
  'rule/stopped': ({ rule, because }, say) => `${say.title(rule)} stopped: ${say.condition(because)}`,
  'rule/remembers': ({ rule, isRequesting, because }, say) =>
    `${say.title(rule)} ${isRequesting ? 'keeps its request' : 'makes no request'}, from memory: ${say.condition(because)}`,
  'rule/unknown': ({ rule, afterMs, because }, say) =>
    `${say.title(rule)} has had no known input for ${formatDuration(afterMs)}: ${say.condition(because)}`,
  'loop/controls': ({ rule, isRequesting, because, output }, say) =>
    `${say.title(rule)} ${isRequesting ? 'controls' : 'does not ask'}: ${say.condition(because)}, output ${output === null ? 'not known yet' : `${output.toFixed(1)} %`}`,
  'loop/remembers': ({ rule, because }, say) => `${say.title(rule)} keeps its output, from memory: ${say.condition(because)}`,
  'lead-lag/assigns': ({ rule, value, isRequesting, because, memory }, say) =>
    `${say.title(rule)} ${isRequesting ? 'asks' : 'does not ask'} for ${say.value(value)}: ${say.condition(because)}${memory === null ? '' : `; from memory: ${say.condition(memory)}`}`,
  'device/no-request': ({ value, rules: clauses }, say) => [...clauses.map(say.of), `${say.value(value)}: no rule asks for it`].join('; '),
} satisfies Partial<Sentences>;

/** The catalogue: by code, the sentence of a reason. English is the source language. */
export const sentences: Sentences = { ...refusals, ...commands, ...above, ...devices, ...rules, ...readingSentences, ...alarmSentences };
