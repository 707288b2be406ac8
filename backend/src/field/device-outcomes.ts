import {
  explainDeviceValue,
  Fault,
  formatDeviceValue,
  reasonOf,
  textReason,
  toExceptionWords,
  wordCountOf,
  type DeviceValue,
} from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { RegisterPlace, RegisterTable } from '../site/register.ts';
import type { BusOutcome } from './bus/bus-outcome.ts';
import type { ReadBackOutcome, WriteOutcome } from './field-port.ts';
import { toExceptionKind } from './modbus/exceptions.ts';
import type { BusRequest, ReadFunction } from './modbus/bus-request.ts';
import { decodeDevice, encodeWrite } from './readings/register-codec.ts';

const readFunctions = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<RegisterTable, ReadFunction>;

/** The request that reads one register. */
export const toReadRequest = ({ unit, register }: RegisterPlace): Extract<BusRequest, { readonly count: number }> => ({
  function: readFunctions[register.table],
  unit,
  address: register.address,
  count: wordCountOf(register.type),
});

/**
 * The request that writes a device.
 *
 * @throws Fault `modbus/limits` when the value is not one of the device's kind, or does not fit into its register.
 */
export const toWriteRequest = (device: DeviceSpec, value: DeviceValue): BusRequest => {
  const noValue = explainOutput(device, value);
  if (noValue !== null) throw new Fault('modbus/limits', `not sent: ${formatDeviceValue(value, device)} is not possible: ${noValue}`);
  return encodeWrite(device.write, toRawMode(device, value));
};

/** A step of a ramp need not be one of the device's own steps; its range it never leaves. */
const explainOutput = ({ step: _step, ...device }: DeviceSpec, value: DeviceValue): string | null => explainDeviceValue(device, value);

/** A mode is written as its raw number. */
const toRawMode = ({ modes }: DeviceSpec, value: DeviceValue): boolean | number => {
  if (typeof value !== 'string') return value;
  const mode = modes?.find(({ name }) => name === value);
  if (mode === undefined) throw new Fault('modbus/limits', `not sent: the device has no mode ${value}`);
  return mode.raw;
};

/** What the end of a write request says of the write. Only what certainly had no effect is refused. */
export const toWriteOutcome = (outcome: BusOutcome): WriteOutcome => {
  switch (outcome.kind) {
    case 'echoed':
    case 'sent':
      return { kind: 'echoed' };
    case 'withdrawn':
      return { kind: 'withdrawn' };
    case 'exception': {
      const why = toExceptionWords(outcome.code);
      const kind = toExceptionKind(outcome.code);
      if (kind === 'configuration') return { kind: 'refused', why, isConfiguration: true };
      return kind === 'busy' ? { kind: 'refused', why, isRetryable: true } : { kind: 'ambiguous', why };
    }
    case 'failed':
      return outcome.isSent
        ? { kind: 'ambiguous', why: outcome.why }
        : { kind: 'refused', why: `not sent: ${outcome.why}`, isRetryable: true };
    default:
      return { kind: 'ambiguous', why: 'the answer was that of a read' };
  }
};

/** What a read of `block` says of a device whose read-back lies in it. */
export const toReadBack = (device: DeviceSpec, block: { readonly address: number }, outcome: BusOutcome): ReadBackOutcome => {
  switch (outcome.kind) {
    case 'words':
    case 'bits': {
      const values: readonly (number | boolean)[] = outcome.values;
      const { register } = device.readBack;
      const decoded = decodeDevice(device, register, values.slice(register.address - block.address));
      return decoded.kind === 'value' ? { kind: 'value', value: decoded.value } : { kind: 'silent', why: decoded.why, isAnswered: true };
    }
    case 'exception':
      return { kind: 'silent', why: reasonOf('bus/exception', { exception: outcome.code }) };
    case 'failed':
      return { kind: 'silent', why: textReason(outcome.why) };
    default:
      return { kind: 'silent', why: reasonOf('bus/wrong-answer', { expected: 'read' }) };
  }
};
