import { Type, type Static } from 'typebox';
import { DeviceId } from '@phloem/protocol';
import { documentSchema } from './check.ts';
import { When } from './condition.ts';
import { Alarm, closed, DeviceWord, DocumentRef, DurationText, onOff, QuantityText } from './words.ts';

/** The end of a device's range: per cent, or a quantity of a set-point. */
const Limit = Type.Union([Type.Number(), QuantityText], { expected: 'a number, or a quantity such as "24 °C"' });

const Interlock = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,62}$', expected: 'a name in lower case, such as co2-person' }),
    when: When,
    latch: Type.Optional(Type.Object({ resetBy: Type.Literal('operator'), whenClear: Type.Optional(DurationText) }, closed)),
    force: Type.Optional(Type.Object({ device: Type.String({ ...DeviceId, expected: 'a device' }), value: DeviceWord }, closed)),
    deny: Type.Optional(Type.Object({ device: Type.String({ ...DeviceId, expected: 'a device' }), value: Type.Enum([...onOff]) }, closed)),
    limit: Type.Optional(
      Type.Object(
        {
          device: Type.String({ ...DeviceId, expected: 'a device' }),
          max: Type.Optional(Limit),
          min: Type.Optional(Limit),
          ramp: Type.Optional(QuantityText),
        },
        closed,
      ),
    ),
    onUnknown: Type.Optional(Type.Enum(['trip', 'ignore'])),
    alarm: Type.Optional(Alarm),
  },
  { ...closed, description: 'What must never happen: a condition, and what it forces, denies or limits.' },
);
export type InterlockDeclaration = Static<typeof Interlock>;

/** What must never happen, whatever rules and operators say. */
export const InterlocksDocument = documentSchema(
  'Interlocks',
  Type.Object(
    {
      use: Type.Optional(Type.Object({ signals: Type.Union([DocumentRef, Type.Array(DocumentRef, { maxItems: 16 })]) }, closed)),
      interlocks: Type.Array(Interlock, { minItems: 1, maxItems: 100 }),
    },
    closed,
  ),
);
export type InterlocksDocument = Static<typeof InterlocksDocument>;
