import type { RegisterField } from '@phloem/protocol';
import type { DocumentRegister } from '@phloem/rules';
import type { OnOff, Register } from './register.ts';

/** The bits that a document gives to a value; undefined where the value has its registers for itself. */
export const toField = ({
  bit,
  bits,
  mask,
  shift,
  byte,
}: Omit<DocumentRegister, 'table' | 'address' | 'type'>): RegisterField | undefined => {
  if (bit !== undefined) return { mask: (1 << bit) >>> 0, shift: bit };
  if (bits !== undefined) {
    const [from = 0, to = from] = bits;
    return { mask: (((2 ** (to - from + 1) - 1) * 2 ** from) | 0) >>> 0, shift: from };
  }
  if (mask !== undefined) return { mask, shift: shift ?? 31 - Math.clz32(mask & -mask) };
  if (byte !== undefined) return byte === 'high' ? { mask: 0xff00, shift: 8 } : { mask: 0xff, shift: 0 };
  return undefined;
};

const toStates = ({ on, off, writeOn, writeOff }: Pick<DocumentRegister, 'on' | 'off' | 'writeOn' | 'writeOff'>): Register['states'] => {
  if ([on, off, writeOn, writeOff].every((value) => value === undefined)) return undefined;
  const read: OnOff = { on: on ?? 1, off: off ?? 0 };
  return { read, write: { on: writeOn ?? read.on, off: writeOff ?? read.off } };
};

/** The register that a document describes. */
export const toRegister = (written: DocumentRegister): Register => {
  const { table, address, type, wordOrder, scale, offset, sentinels, invert, maskWrite, constantBits, values } = written;
  const field = toField(written);
  const states = toStates(written);
  return {
    table,
    address,
    type,
    wordOrder: wordOrder ?? 'ABCD',
    scale: scale ?? 1,
    offset: offset ?? 0,
    // A float has what fits into its bits, not what a document writes.
    sentinels: type === 'f32' ? (sentinels ?? []).map(Math.fround) : (sentinels ?? []),
    ...(invert === true && { invert }),
    ...(field !== undefined && { field }),
    ...(states !== undefined && { states }),
    ...(maskWrite === true && { fieldWrite: { kind: 'mask' } as const }),
    ...(constantBits !== undefined && { fieldWrite: { kind: 'constant', bits: constantBits } as const }),
    ...(values !== undefined && { names: values }),
  };
};
