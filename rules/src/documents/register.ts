import { Type, type Static } from 'typebox';
import { registerTypes, wordOrders } from '@phloem/protocol';
import { closed } from './words.ts';

const Word = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const Raw = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
const BitNumber = Type.Integer({ minimum: 0, maximum: 31 });

/** How a register is found, and how it becomes a value and is written: the keys that profiles and places have in common. */
export const registerKeys = {
  table: Type.Enum(['coil', 'discrete', 'holding', 'input']),
  address: Type.Integer({ minimum: 0, maximum: 65_535, description: 'As on the wire: counted from 0.' }),
  type: Type.Enum([...registerTypes]),
  wordOrder: Type.Optional(
    Type.Enum([...wordOrders], {
      expected: 'ABCD (high word first, the default), CDAB (low word first), BADC or DCBA (bytes swapped in each)',
      hints: [
        ['^little', 'CDAB, if only the words are swapped; DCBA, if the bytes are swapped too'],
        ['^big', 'ABCD; BADC, if the bytes of each word are swapped'],
      ],
      description: 'The order of the bytes of a value. ABCD, the default, is the order of the standard.',
    }),
  ),
  bit: Type.Optional(Type.Integer({ minimum: 0, maximum: 15, description: 'The bit of a register, 0 the lowest. For the type bit.' })),
  bits: Type.Optional(
    Type.Array(BitNumber, {
      minItems: 2,
      maxItems: 2,
      expected: 'the lowest and the highest bit, such as [4, 7]',
      description: 'The bits of the value, from the lowest to the highest; 0 is the lowest.',
    }),
  ),
  mask: Type.Optional(Type.Integer({ minimum: 1, maximum: 0xffff_ffff, description: 'value = (raw AND mask) >> shift' })),
  shift: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 31,
      description: 'How far the masked value is moved down. By default so that the lowest bit is bit 0.',
    }),
  ),
  byte: Type.Optional(Type.Enum(['high', 'low'], { description: 'Which byte of the register holds the value. For u8, s8 and bcd8.' })),
  invert: Type.Optional(Type.Boolean({ description: 'The bit is 0 when it is on. For the type bit.' })),
  scale: Type.Optional(Type.Number({ description: 'value = raw × scale + offset' })),
  offset: Type.Optional(Type.Number()),
  on: Type.Optional(Word),
  off: Type.Optional(Word),
  writeOn: Type.Optional(Word),
  writeOff: Type.Optional(Word),
  maskWrite: Type.Optional(
    Type.Boolean({ description: 'The unit knows function 22, by which bits of a register are written without the others.' }),
  ),
  constantBits: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 0xffff_ffff,
      description: 'What all other bits of the register are whenever this value is written.',
    }),
  ),
  sentinels: Type.Optional(
    Type.Array(Type.Number(), { maxItems: 16, description: 'Raw values by which the instrument says that it has none.' }),
  ),
  values: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,40}$' }), Raw, {
      minProperties: 1,
      maxProperties: 64,
      additionalProperties: false,
      expectedKey: 'a name in lower case, such as running, as key',
      description: 'The names of the raw values. Any other raw value is no value.',
    }),
  ),
} as const;

/** Names that other software has for these keys. */
export const registerKeyHints = {
  byteOrder: 'wordOrder: BADC or DCBA has the bytes of each register swapped',
  byte_order: 'wordOrder: BADC or DCBA has the bytes of each register swapped',
  word_order: 'wordOrder: CDAB has the low word first',
  endianness: 'wordOrder: ABCD, CDAB, BADC or DCBA',
  swap: 'wordOrder: CDAB has the low word first, BADC swaps bytes',
  register: 'address, as on the wire: from 0',
  factor: 'scale',
  multiplier: 'scale',
  gain: 'scale',
  divisor: 'scale: 0.1 divides by 10',
  dataType: 'type',
  data_type: 'type',
  inverted: 'invert: true',
  negate: 'invert: true on a bit, scale: -1 on a number',
} as const;

/** One value in a unit's registers, written out where no profile describes it. */
export const DocumentRegister = Type.Object(registerKeys, { ...closed, keyHints: registerKeyHints });
export type DocumentRegister = Static<typeof DocumentRegister>;

const { writeOn: _on, writeOff: _off, maskWrite: _mask, constantBits: _bits, ...readKeys } = registerKeys;
const onlyRead = 'leave it out: this register is only read, and the key says how one is written';

/** The same where nothing is ever written: keys that say how are refused. */
export const DocumentReadRegister = Type.Object(readKeys, {
  ...closed,
  keyHints: { ...registerKeyHints, writeOn: onlyRead, writeOff: onlyRead, maskWrite: onlyRead, constantBits: onlyRead },
});
