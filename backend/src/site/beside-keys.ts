import { registerKeyHints, registerKeys } from '@phloem/rules';
import { Type } from 'typebox';

const { address, type, wordOrder, bit, bits, mask, shift, byte, sentinels, scale } = registerKeys;
const part = { address, type, wordOrder, bit, bits, mask, shift, byte, sentinels } as const;
const strict = { additionalProperties: false, keyHints: registerKeyHints } as const;
const RawNumber = Type.Number();
export const Raws = Type.Union([RawNumber, Type.Boolean(), Type.Array(RawNumber, { minItems: 1, maxItems: 32 })], {
  expected: 'a raw number, true or false, or a list of raw numbers',
});

/** Registers of the same table that are read together with a point's own: all of them are good, or the point has no value. */
export const besideKeys = {
  /** Further registers whose values are added. */
  plus: Type.Optional(Type.Array(Type.Object({ ...part, scale }, strict), { minItems: 1, maxItems: 7 })),
  /** A register that holds the scale, which multiplies the point's own. */
  scaleFrom: Type.Optional(
    Type.Object(
      {
        ...part,
        as: Type.Optional(
          Type.Enum(['decimals', 'exponent', 'divisor', 'factor'], {
            expected: 'decimals (2 is 0.01), exponent (-2 is 0.01), divisor (100 is 0.01) or factor (the scale itself)',
          }),
        ),
        scales: Type.Optional(
          Type.Record(Type.String({ pattern: '^-?\\d{1,10}$', expected: 'a raw number as key' }), Type.Number(), {
            minProperties: 1,
            maxProperties: 64,
            additionalProperties: false,
            expectedKey: 'a raw number, such as "3", as key',
          }),
        ),
      },
      strict,
    ),
  ),
  /** A register that says whether the value is valid. */
  validWhen: Type.Optional(Type.Object({ ...part, is: Type.Optional(Raws), isNot: Type.Optional(Raws) }, strict)),
} as const;
