import { toMarkedBytes, toRegisterNumber, tableOf, type BusTransaction, type RegisterTableName } from '@phloem/protocol';

const verbs: Readonly<Record<number, string>> = {
  1: 'read coils',
  2: 'read discrete inputs',
  3: 'read holding registers',
  4: 'read input registers',
  5: 'write coil',
  6: 'write register',
  15: 'write coils',
  16: 'write registers',
};

const toTableName = (code: number): RegisterTableName => {
  if (code === 1 || code === 2 || code === 3 || code === 4) return tableOf(code);
  return code === 5 || code === 15 ? 'coil' : 'holding';
};

/** The key under which the last answer to the same request is remembered. */
export const toRequestKey = ({ unit, function: code, address, count }: BusTransaction): string => `${unit} ${code} ${address} ${count}`;

const toRange = ({ function: code, address, count }: BusTransaction): string => {
  const table = toTableName(code);
  const first = toRegisterNumber(table, address);
  return count <= 1 ? first : `${first} to ${toRegisterNumber(table, address + count - 1)}`;
};

/** How changed bytes are shown: in brackets where there is no terminal. */
export type Mark = (hex: string) => string;
export const inBrackets: Mark = (hex) => `[${hex}]`;
export const underlined: Mark = (hex) => `\u001B[1;4m${hex}\u001B[0m`;

/** One transaction in three lines: what, sent, received. `before` is the last answer to the same request; `toClock` says its time. */
export const formatTransaction = (
  transaction: BusTransaction,
  before: string | undefined,
  { mark, toClock }: { readonly mark: Mark; readonly toClock: (at: number) => string },
): string => {
  const { unit, function: code, rank, outcome, why, tookMs, sent, received, at } = transaction;
  if (outcome === 'unsolicited') return `${toClock(at)}  unsolicited: ${why}\n                ← ${received}`;
  const bytes = toMarkedBytes(received, before)
    .map(({ hex, isChanged }) => (isChanged ? mark(hex) : hex))
    .join(' ');
  const took = tookMs === null ? 'not sent' : `${tookMs} ms`;
  return [
    `${toClock(at)}  unit ${unit}  ${rank.padEnd(9)}  ${verbs[code] ?? `function ${code}`} ${toRange(transaction)}  ${took}`,
    ...(sent === '' ? [] : [`                → ${sent}`]),
    ...(bytes === '' ? [] : [`                ← ${bytes}`]),
    ...(why === null ? [] : [`                ${outcome === 'exception' ? 'refused, ' : `${outcome}: `}${why}`]),
  ].join('\n');
};
