/**
 * Every expected failure of the mesh, by code. The code is the contract, the message is for people. `retry` says
 * whether the same request may succeed later without anybody changing anything.
 */
export const faults = {
  'protocol/invalid': { retry: false, means: 'a message does not fit its schema' },
  'protocol/version': { retry: false, means: 'no protocol version in common' },
  'protocol/unexpected': { retry: false, means: 'a message that does not belong here, or not now' },
  'protocol/rate': { retry: true, means: 'more messages in a second than the role may send' },
  'protocol/too-large': { retry: false, means: 'a message above the size limit' },
  'auth/unauthorised': { retry: false, means: 'no valid credential, or not for this' },
  'auth/origin': { retry: false, means: 'the page that asks is not one of ours' },
  'document/syntax': { retry: false, means: 'the text is not valid YAML' },
  'document/invalid': { retry: false, means: 'a document does not say what its kind must say' },
  'document/unknown': { retry: false, means: 'no document bears this hash' },
  'rules/invalid': { retry: false, means: 'an expression or a rule cannot be compiled' },
  'modbus/timeout': { retry: true, means: 'no answer within the deadline' },
  'modbus/refused': { retry: false, means: 'the device answered with an exception code' },
  'modbus/mismatch': { retry: true, means: 'the answer does not belong to the request' },
  'modbus/link': { retry: true, means: 'the connection to the bus is down' },
  'modbus/limits': { retry: false, means: 'the request breaks a limit of Modbus and was not sent' },
  'bus/unknown': { retry: false, means: 'the site has no such bus, or no such register' },
  'bus/fixed-speed': { retry: false, means: 'the bus is no serial line, and has no speed that could be tried' },
  'bus/busy': { retry: true, means: 'too many reads by hand wait on the bus' },
  'command/term': { retry: false, means: 'the lease under which it was sent is not the live one' },
  'command/late': { retry: false, means: 'its time to live had passed when it came' },
  'command/unknown-device': { retry: false, means: 'the site has no such device' },
  'command/value': { retry: false, means: 'the value is outside the type or range of the device' },
  'command/busy': { retry: true, means: 'a momentary command that would have had to wait' },
  'command/draining': { retry: true, means: 'the hub is going down and takes no new commands' },
  'override/invalid': { retry: false, means: 'an override without reason or expiry, or longer than the site allows' },
  'override/unknown': { retry: false, means: 'no override stands over the device' },
  'override/newer': { retry: false, means: 'another override stands over the device than the one that was meant' },
  'setpoint/unknown': { retry: false, means: 'the live rules have no such set-point' },
  'offset/invalid': { retry: false, means: 'an offset without reason or end, or farther than the rules let a set-point be moved' },
  'offset/unknown': { retry: false, means: 'no offset stands on the set-point' },
  'offset/newer': { retry: false, means: 'another offset stands on the set-point than the one that was meant' },
  'alarm/unknown': { retry: false, means: 'no such alarm waits to be acknowledged' },
  'interlock/unknown': { retry: false, means: 'the site has no such interlock' },
  'interlock/held': { retry: true, means: 'the interlock cannot be let go now' },
  'kiosk/unknown': { retry: false, means: 'no such wall screen is let in' },
  'history/unavailable': { retry: true, means: 'the history cannot be read now; control goes on without it' },
  'history/unknown': { retry: false, means: 'neither the site nor the history knows a point or device of this name' },
  'point/unknown': { retry: false, means: 'the site has no such point' },
  'calibration/invalid': { retry: false, means: 'no sound correction follows from what was measured' },
  'calibration/newer': { retry: false, means: 'somebody has calibrated the point since; what it showed before does not count any more' },
  'calibration/none': { retry: false, means: 'there is no calibration to take back' },
  'history/lived': { retry: false, means: 'only a demonstration takes a past that was made up' },
  'store/damaged': { retry: false, means: 'stored data cannot be read' },
  'store/locked': { retry: false, means: 'another process uses the same data' },
  'store/unwritable': { retry: false, means: 'the data folder cannot be written' },
  'store/newer': { retry: false, means: 'stored data was written by a newer version' },
  'net/answer': { retry: true, means: 'the hub answered with an error that has no code of this table' },
  'net/unreachable': { retry: true, means: 'the hub does not answer over HTTP' },
  'net/port-in-use': { retry: false, means: 'another program listens on the port' },
  'cli/usage': { retry: false, means: 'the command line says something that cannot be done' },
} as const satisfies Record<string, { readonly retry: boolean; readonly means: string }>;

/** The code of an expected failure. */
export type FaultCode = keyof typeof faults;

/** An expected failure: branch on `code`, show `message`, keep the original in `cause`. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get isRetryable(): boolean {
    return faults[this.code].retry;
  }
}

/** Claims that `error` is an expected failure, of the given code when one is given. */
export const isFault = (error: unknown, code?: FaultCode): error is Fault =>
  error instanceof Fault && (code === undefined || error.code === code);
