import { Type } from 'typebox';
import { AlarmPriority } from '@phloem/protocol';
import { endPattern, momentPattern } from '../nodes/moment.ts';
import { durationPattern } from '../units/units.ts';

/** No key that is not named. */
export const closed = { additionalProperties: false } as const;

/** A duration as documents write it: `90s`. */
export const DurationText = Type.String({ pattern: durationPattern, expected: 'a duration, such as 90s, 5min or 1h30min' });
/** A number with its unit: `"26 °C"`. */
export const QuantityText = Type.String({ minLength: 1, maxLength: 60, expected: 'a number with its unit, such as "26 °C"' });
/** An expression in CEL, always quoted. */
export const ExpressionText = Type.String({ minLength: 1, maxLength: 2048, expected: 'an expression in quotes, such as "vpd < kPa(1.1)"' });
/** The step between two values of a device. */
export const StepText = Type.String({ minLength: 1, maxLength: 60, expected: 'a step with its unit, such as "2 %" or "0.5 K"' });
/** The id of another document of the bundle. */
export const DocumentRef = Type.String({ maxLength: 120, expected: 'the id of another document' });
/** What a signal is called in expressions. */
export const signalName = '^[a-zA-Z][a-zA-Z0-9_]{0,62}$';
/** A name in expressions. */
export const Name = Type.String({ pattern: signalName, expected: 'a name, such as leafTemp' });
/** The keys of a record of such names. */
export const names = { additionalProperties: false, expectedKey: 'a name, such as leafTemp, as key' } as const;
/** A text for people. */
export const text = (maxLength: number) => Type.String({ maxLength });
const momentHints = [
  ['^\\d:\\d\\d', 'write the hour with two digits, such as "06:00"'],
  ['^\\d{1,2}(:\\d\\d)? ?[aApP]\\.?[mM]\\.?$', 'write it by the 24-hour clock, such as "18:00"'],
  ['^\\d\\d:\\d\\d:\\d\\d', 'a moment is given to the minute'],
] as const;
/** A moment of a day: `06:00`, `sunrise + 30min`, `lights-off - 1h`. */
export const MomentText = Type.String({
  pattern: momentPattern,
  expected: 'a moment, such as "06:00", sunrise + 30min or lights-off - 1h',
  hints: [['^24:00$', 'only an end may be "24:00": a day begins at "00:00"'], ...momentHints],
});
/** A moment at which something ends: the end of the day may be written `24:00`. */
export const EndText = Type.String({
  pattern: endPattern,
  expected: 'a moment, such as "06:00", "24:00", sunrise + 30min or lights-off - 1h',
  hints: momentHints,
});

/** How documents write the two states of a switch. */
export const onOff = ['on', 'off'] as const;
/** A value for a device: `on`, `off`, per cent, a quantity such as `"22.5 °C"`, or the name of a mode. What fits its kind says. */
export const DeviceWord = Type.Union([Type.Boolean(), Type.Number(), Type.String({ minLength: 1, maxLength: 60 })], {
  expected: 'on, off, a number, a quantity such as "22.5 °C", or the name of a mode',
});

/** What is raised, and how loud. */
export const Alarm = Type.Object({ priority: AlarmPriority, text: text(200) }, closed);

/** What a document of one or several others uses. */
export const Use = Type.Object(
  {
    signals: Type.Optional(
      Type.Union([DocumentRef, Type.Array(DocumentRef, { maxItems: 16 })], { expected: 'the id of a Signals document' }),
    ),
    setpoints: Type.Optional(DocumentRef),
  },
  closed,
);
