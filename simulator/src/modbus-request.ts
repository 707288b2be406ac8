import type { RegisterTable } from '@phloem/backend/documents';

/** A request that is well-formed; bits are 0 or 1, words 0 to 65535. */
export type ModbusRequest =
  | { readonly kind: 'read'; readonly code: number; readonly table: RegisterTable; readonly address: number; readonly count: number }
  | {
      readonly kind: 'write';
      readonly code: number;
      readonly table: 'coil' | 'holding';
      readonly address: number;
      readonly values: readonly number[];
    };

/** The exception codes that the simulator gives by itself. */
export const exceptions = { function: 1, address: 2, value: 3 } as const;

/** A refusal, by exception code. */
export type Refusal = { readonly kind: 'exception'; readonly code: number };

/**
 * Reads what a request says, or says why it cannot be one: exception 1 for a function that is not offered, 2 for
 * addresses past 65535, 3 for a count or a value that Modbus does not allow. (MODBUS Application Protocol V1.1b3, 6.)
 */
export const parseRequest = (pdu: Uint8Array): ModbusRequest | Refusal => {
  const code = pdu[0] ?? 0;
  const offered = functions[code];
  if (offered === undefined) return { kind: 'exception', code: exceptions.function };
  if (pdu.length < 5) return badValue;
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.byteLength);
  const address = view.getUint16(1);
  if (offered.form === 'single') {
    if (pdu.length !== 5) return badValue;
    const raw = view.getUint16(3);
    if (offered.table === 'holding') return { kind: 'write', code, table: 'holding', address, values: [raw] };
    return raw === 0xff00 || raw === 0 ? { kind: 'write', code, table: 'coil', address, values: [raw === 0 ? 0 : 1] } : badValue;
  }
  const count = view.getUint16(3);
  if (count < 1 || count > offered.most) return badValue;
  if (address + count > 65_536) return { kind: 'exception', code: exceptions.address };
  if (offered.form === 'read') return pdu.length === 5 ? { kind: 'read', code, table: offered.table, address, count } : badValue;
  const bytes = offered.table === 'coil' ? Math.ceil(count / 8) : count * 2;
  if (pdu.length !== 6 + bytes || pdu[5] !== bytes) return badValue;
  const values = Array.from({ length: count }, (_, index) =>
    offered.table === 'coil' ? ((pdu[6 + (index >> 3)] ?? 0) >> (index & 7)) & 1 : view.getUint16(6 + index * 2),
  );
  return { kind: 'write', code, table: offered.table, address, values };
};

/** The answer to a read. */
export const encodeReadAnswer = (code: number, table: RegisterTable, values: readonly number[]): Uint8Array => {
  const isBits = table === 'coil' || table === 'discrete';
  const pdu = new Uint8Array(2 + (isBits ? Math.ceil(values.length / 8) : values.length * 2));
  pdu[0] = code;
  pdu[1] = pdu.length - 2;
  for (const [index, value] of values.entries()) {
    if (isBits) pdu[2 + (index >> 3)] = (pdu[2 + (index >> 3)] ?? 0) | (value << (index & 7));
    else pdu.set([value >> 8, value & 0xff], 2 + index * 2);
  }
  return pdu;
};

/** The answer to a write that was done: address and value of a single one, address and count of several. */
export const encodeWriteAnswer = (request: Extract<ModbusRequest, { kind: 'write' }>): Uint8Array => {
  const isSingle = functions[request.code]?.form === 'single';
  const first = request.values[0] ?? 0;
  const tail = isSingle ? (request.table === 'coil' ? first * 0xff00 : first) : request.values.length;
  return Uint8Array.of(request.code, request.address >> 8, request.address & 0xff, tail >> 8, tail & 0xff);
};

/** The answer that refuses. */
export const encodeException = (code: number, exception: number): Uint8Array => Uint8Array.of((code | 0x80) & 0xff, exception);

type FunctionForm =
  | { readonly form: 'read'; readonly table: RegisterTable; readonly most: number }
  | { readonly form: 'single'; readonly table: 'coil' | 'holding' }
  | { readonly form: 'several'; readonly table: 'coil' | 'holding'; readonly most: number };

const functions: { readonly [code: number]: FunctionForm | undefined } = {
  1: { form: 'read', table: 'coil', most: 2000 },
  2: { form: 'read', table: 'discrete', most: 2000 },
  3: { form: 'read', table: 'holding', most: 125 },
  4: { form: 'read', table: 'input', most: 125 },
  5: { form: 'single', table: 'coil' },
  6: { form: 'single', table: 'holding' },
  15: { form: 'several', table: 'coil', most: 1968 },
  16: { form: 'several', table: 'holding', most: 123 },
};

const badValue: Refusal = { kind: 'exception', code: exceptions.value };
