import { toRegisterNumber, toWireAddress, type RegisterAnswer, type RegisterTableName } from '@phloem/protocol';

/** How a register could be read: a type, and for wide ones an order of the bytes. */
export type Decoding = { readonly type: RegisterAnswer['type'] | 'bits'; readonly order: string | null };

/** What a profile would have to say so that a register is read so. `line` is null where none can say it. */
export type Proposal = { readonly line: string | null; readonly words: string };

/** What of a profile's line the decoding decides; null where no profile can say it. */
const toFields = ({ type, order }: Decoding): string | null => {
  if (type === 'bits') return null;
  return order === null ? `"type": "${type}"` : `"type": "${type}", "wordOrder": "${order}"`;
};

const unsayable = 'A profile reads one bit as "type": "bit", "bit": 3, and a number in several bits as "bits": [4, 7]. Say which.';

/** What to change in the profile of a point that is read otherwise now, and what the point would show. */
export const toChange = (place: RegisterAnswer, decoding: Decoding, would: string): Proposal => {
  const line = toFields(decoding);
  const number = toRegisterNumber(tableOf(place), place.address);
  return line === null
    ? { line, words: unsayable }
    : { line, words: `It would show ${would}. In the profile of this instrument, at the point with address ${place.address} (${number}):` };
};

const tableOf = ({ function: code }: Pick<RegisterAnswer, 'function'>): RegisterTableName =>
  (['coil', 'discrete', 'holding', 'input'] as const)[code - 1] ?? 'holding';

/** A whole point of a profile for a register that nobody reads yet. */
export const toPointLine = (table: RegisterTableName, address: number, decoding: Decoding): Proposal => {
  const fields = toFields(decoding);
  if (fields === null) return { line: null, words: unsayable };
  const line = `"new_point": { "title": "", "quantity": "number", "table": "${table}", "address": ${address}, "vendorAddress": "${toRegisterNumber(table, address)}", ${fields}, "access": "read" }`;
  return {
    line,
    words: `For a profile; give it a name, a title, a quantity and, where the instrument has one, a scale. ${toWireAddress(address)} on the wire:`,
  };
};
