import {
  longestOverrideMs,
  renderReason,
  toLimitText,
  type DeviceValue,
  type OverrideConsequence,
  type OverridePreview,
  type Reason,
} from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { DeviceMachine, Now } from './device-machine.ts';
import { isOn, isSameValue, toWord } from './device-value.ts';
import { toOverrideReason } from './override.ts';
import { toHold } from './time-limits.ts';

/** The longest override that the site allows for a device, in milliseconds. */
export const toLongestOverride = ({ maxOverride }: Pick<DeviceSpec, 'maxOverride'>): number =>
  Math.min(maxOverride ?? longestOverrideMs, longestOverrideMs);

/** Pure: what would come of an override if it were made now, what is worst first. Nothing is changed by asking. */
export function previewOverride(
  { spec, state, now }: { readonly spec: DeviceSpec; readonly state: DeviceMachine; readonly now: Now },
  { value, forMs }: { readonly value: DeviceValue; readonly forMs: number },
): OverridePreview {
  const longest = toLongestOverride(spec);
  if (forMs > longest) {
    const text = `The site allows at most ${toLengthText(longest)} for ${spec.title}.`;
    return { isAllowed: false, consequences: [{ kind: 'expiry', text, until: null }] };
  }
  if (spec.kind === 'momentary' && value === true) {
    const text = `${spec.title} accepts single pulses from rules; an override can only hold it off.`;
    return { isAllowed: false, consequences: [{ kind: 'limit', text, until: null }] };
  }
  const facts = { spec, state, now };
  const end = now.at + forMs;
  return {
    isAllowed: true,
    consequences: [
      ...toInterlocks(facts, value),
      ...toLimits(facts, value),
      ...toOutranked(facts, value),
      ...toSame(facts, value),
      { kind: 'expiry', text: `Ends by itself at ${now.toTimeText(end)}.`, until: end },
    ],
  };
}

type Facts = Parameters<typeof previewOverride>[0];

const render = (why: Reason, { spec, now }: Facts): string => renderReason(why, { time: now.toTimeText, device: spec });

function toInterlocks(facts: Facts, value: DeviceValue): readonly OverrideConsequence[] {
  const { spec, now } = facts;
  const left = now.restrict(value);
  if (isSameValue(spec, left.value, value)) return [];
  const names = left.by.join(', ');
  return [
    {
      kind: 'interlock',
      text: `Interlock ${names} still wins: ${spec.title} stays ${toWord(left.value, spec)}.${left.why === null ? '' : ` ${render(left.why, facts)}.`}`,
      until: null,
    },
  ];
}

function toLimits({ spec, state, now }: Facts, value: DeviceValue): readonly OverrideConsequence[] {
  const hold = isOn(value) ? toHold(spec, state, value, now.up) : null;
  if (hold === null) return [];
  const leftMs = hold.untilUp - now.up;
  const until = now.at + leftMs;
  return spec.protectCompressor === true
    ? [{ kind: 'compressor', text: `The compressor rests: starts in ${toLengthText(leftMs)}.`, until }]
    : [{ kind: 'limit', text: `${toSentence(toLimitText(hold.limit))}: starts in ${toLengthText(leftMs)}.`, until }];
}

const toSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function toOutranked(facts: Facts, value: DeviceValue): readonly OverrideConsequence[] {
  const { spec, state, now } = facts;
  const { mode, nextRequest, standing, override } = state;
  const hand: readonly OverrideConsequence[] =
    override === null
      ? []
      : [{ kind: 'request', text: `Replaces the ${render(toOverrideReason({ now }, override), facts)}.`, until: null }];
  const request = nextRequest?.op === 'set' ? nextRequest : standing;
  if (mode.kind === 'safe' && !isSameValue(spec, mode.value, value)) {
    return [
      ...hand,
      {
        kind: 'request',
        text: `While active, it precedes fail-safe (${toWord(mode.value, spec)}): ${render(mode.why, facts)}.`,
        until: null,
      },
    ];
  }
  if (request === null || isSameValue(spec, request.value, value)) return hand;
  return [
    ...hand,
    {
      kind: 'request',
      text: `While active, it precedes the request ${toWord(request.value, spec)}: ${render(request.why, facts)}.`,
      until: null,
    },
  ];
}

const toSame = ({ spec, state: { reading } }: Facts, value: DeviceValue): readonly OverrideConsequence[] =>
  reading === null || !isSameValue(spec, reading, value)
    ? []
    : [{ kind: 'same', text: `${spec.title} is ${toWord(value, spec)} already; the override keeps it so.`, until: null }];

/** `2 h`, `2 min 10 s`, `45 s`. */
function toLengthText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count} ${unit}`])).join(' ') || '0 s';
}
