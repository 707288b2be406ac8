import { Type, type Static } from 'typebox';
import { DeviceValue } from '../device-value.ts';
import { DeviceId, Lsn } from '../names.ts';

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const Instant = Type.Number({ description: 'ms since 1970, by the clock of the hub' });
/** A number, a truth value or a name; null where it is unknown. */
const TracedValue = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);

/** What is asked about a device: when, and which value it does not have. */
export const WhyQuery = Type.Object(
  {
    at: Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15, description: 'ms since 1970; now by default' })),
    not: Type.Optional(
      Type.String({ minLength: 1, maxLength: 32, description: 'on, off, or a number: why the device does not have this value' }),
    ),
  },
  { additionalProperties: false },
);

/** Why a device is, or was, as it is: recomputed from the log by the engine that decided it. */
export const WhyAnswer = Type.Object({
  device: DeviceId,
  /** The entry of the log that the answer is about, and its time. */
  lsn: Lsn,
  at: Instant,
  value: orNull(DeviceValue),
  requested: orNull(DeviceValue),
  /** One sentence: why it is so; with `not`, why it is not otherwise. Rules, points and devices are named by their ids. */
  sentence: Type.String(),
  /** Who requests what, from the highest level to the fallback of the device. */
  levels: Type.Array(
    Type.Object({
      level: Type.String(),
      requests: Type.Array(Type.Object({ rule: orNull(Type.String()), value: DeviceValue, wins: Type.Boolean() })),
    }),
  ),
  /** The rules that could have made it otherwise, and what kept them from it. */
  blocked: Type.Array(Type.Object({ rule: Type.String(), reason: Type.String(), because: Type.String() })),
  /** The expressions that were evaluated, with the values of their parts, innermost first. */
  expressions: Type.Array(
    Type.Object({
      rule: Type.String(),
      text: Type.String(),
      value: TracedValue,
      parts: Type.Array(Type.Object({ text: Type.String(), value: TracedValue })),
    }),
  ),
  /** The interlocks that can touch the device, what each does, and how it stood. */
  interlocks: Type.Array(
    Type.Object({ id: Type.String(), does: Type.String(), state: Type.String(), since: orNull(Instant), why: Type.String() }),
  ),
  inputs: Type.Array(
    Type.Object({
      name: Type.String(),
      point: Type.String(),
      value: TracedValue,
      /** The value as people read it, where it has a name. */
      named: Type.Optional(Type.String()),
      quality: Type.String(),
      ageMs: orNull(Type.Number()),
    }),
  ),
  /** The titles of the documents that are named, by id. */
  titles: Type.Record(Type.String(), Type.String()),
  /** How many entries of the log were replayed for it. */
  replayed: Type.Number(),
});

export type WhyQuery = Static<typeof WhyQuery>;
export type WhyAnswer = Static<typeof WhyAnswer>;
