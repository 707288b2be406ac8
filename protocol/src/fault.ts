/**
 * Every expected failure of Phloem, by code. The code is the contract, the message is for people. `http` is the status of an
 * answer over HTTP. `retry` says whether the same request may succeed later without anybody changing anything.
 */
export const faults = {
  'protocol/invalid': { http: 400, retry: false, means: 'a message does not fit its schema' },
  'protocol/version': { http: 400, retry: false, means: 'the peer speaks another major version of the protocol' },
  'protocol/unexpected': { http: 400, retry: false, means: 'a message that is not allowed here, or not at this time' },
  'protocol/rate': { http: 429, retry: true, means: 'more messages in a second than the role may send' },
  'protocol/too-large': { http: 413, retry: false, means: 'a message above the size limit' },
  'auth/unauthorised': { http: 401, retry: false, means: 'no valid credential' },
  'auth/forbidden': { http: 403, retry: false, means: 'a valid credential whose role or locations do not allow it' },
  'auth/rate': { http: 429, retry: true, means: 'too many requests without a valid credential from one address' },
  'auth/origin': { http: 403, retry: false, means: 'the request came from a page of another site' },
  'auth/password': { http: 422, retry: false, means: 'a new password that breaks a rule, or a current one that is wrong' },
  'user/unknown': { http: 404, retry: false, means: 'no user has this name' },
  'user/exists': { http: 409, retry: false, means: 'a user with this name exists' },
  'user/last-admin': { http: 409, retry: false, means: 'without this administrator nobody could manage the hub' },
  'token/unknown': { http: 404, retry: false, means: 'no credential has this id' },
  'token/own': { http: 409, retry: false, means: 'a request cannot revoke the credential that it came with' },
  'document/busy': { http: 503, retry: true, means: 'too many documents wait to be checked' },
  'document/syntax': { http: 422, retry: false, means: 'the text is not valid YAML' },
  'document/invalid': { http: 422, retry: false, means: 'the content of a document does not fit its kind' },
  'document/unknown': { http: 404, retry: false, means: 'no document has this hash' },
  'rules/invalid': { http: 422, retry: false, means: 'an expression or a rule cannot be compiled' },
  'backtest/busy': { http: 429, retry: true, means: 'too many back-tests wait' },
  'backtest/failed': { http: 500, retry: false, means: 'a back-test ended with an internal error' },
  'backtest/invalid': { http: 422, retry: false, means: 'the log cannot answer this back-test' },
  'backtest/unknown': { http: 404, retry: false, means: 'the hub has no back-test with this id' },
  'revision/newer': { http: 409, retry: false, means: 'another bundle has become the live one since' },
  'revision/unknown': { http: 404, retry: false, means: 'the scope has no such revision' },
  'modbus/timeout': { http: 504, retry: true, means: 'no answer within the deadline' },
  'modbus/refused': { http: 502, retry: false, means: 'the device answered with an exception code' },
  'modbus/mismatch': { http: 502, retry: true, means: 'the answer does not belong to the request' },
  'modbus/link': { http: 503, retry: true, means: 'the connection to the bus is down' },
  'modbus/limits': { http: 400, retry: false, means: 'the request breaks a limit of Modbus and was not sent' },
  'bus/unknown': { http: 404, retry: false, means: 'the site has no such bus, or no such register' },
  'bus/fixed-speed': { http: 409, retry: false, means: 'the bus is not a serial line, so its speed cannot be changed' },
  'bus/busy': { http: 429, retry: true, means: 'too many manual reads wait for the bus' },
  'command/term': { http: 409, retry: false, means: 'the lease under which it was sent is not the current one' },
  'command/late': { http: 409, retry: false, means: 'it arrived after its time to live' },
  'command/unknown-device': { http: 404, retry: false, means: 'the site has no such device' },
  'command/value': { http: 422, retry: false, means: 'the value is outside the type or range of the device' },
  'command/busy': { http: 409, retry: true, means: 'a momentary command would have to wait' },
  'command/rate': { http: 429, retry: true, means: 'more commands in a second than one user may send' },
  'command/draining': { http: 503, retry: true, means: 'the hub is shutting down and accepts no commands' },
  'override/invalid': { http: 422, retry: false, means: 'an override without reason or expiry, or longer than the site allows' },
  'override/unknown': { http: 404, retry: false, means: 'the device has no override' },
  'override/newer': { http: 409, retry: false, means: 'a newer override has replaced the one in the request' },
  'setpoint/unknown': { http: 404, retry: false, means: 'the live rules have no such set-point' },
  'offset/invalid': { http: 422, retry: false, means: 'an offset without reason or end, or beyond the limit of the rules' },
  'offset/unknown': { http: 404, retry: false, means: 'the set-point has no offset' },
  'offset/newer': { http: 409, retry: false, means: 'a newer offset has replaced the one in the request' },
  'alarm/unknown': { http: 404, retry: false, means: 'no such alarm is active or unacknowledged' },
  'alarm/not-shelvable': { http: 409, retry: false, means: 'the alarm must not be shelved' },
  'interlock/unknown': { http: 404, retry: false, means: 'the site has no such interlock' },
  'interlock/held': { http: 409, retry: true, means: 'the interlock cannot be reset now' },
  'kiosk/unknown': { http: 404, retry: false, means: 'no such wall screen has access' },
  'history/unavailable': { http: 503, retry: true, means: 'the history cannot be read now; control continues without it' },
  'history/unknown': { http: 404, retry: false, means: 'neither the site nor the history knows a point or device of this name' },
  'point/unknown': { http: 404, retry: false, means: 'the site has no such point' },
  'calibration/invalid': { http: 422, retry: false, means: 'the pairs give no usable correction' },
  'calibration/implausible': {
    http: 422,
    retry: false,
    means: 'the pairs of a calibration look wrong, and the request does not confirm them',
  },
  'calibration/newer': { http: 409, retry: false, means: 'the point has a newer calibration, so earlier pairs are no longer valid' },
  'calibration/none': { http: 409, retry: false, means: 'there is no calibration to withdraw' },
  'source/unknown': { http: 404, retry: false, means: 'the site has no such source' },
  'ingest/order': { http: 409, retry: false, means: 'not the next number of the source' },
  'ingest/conflict': { http: 409, retry: false, means: 'the number has other content' },
  'ingest/busy': { http: 429, retry: true, means: 'the hub cannot keep up' },
  'ingest/unit': { http: 422, retry: false, means: 'the unit does not fit the point' },
  'ingest/value': { http: 422, retry: false, means: 'the point cannot have this value' },
  'ingest/future': { http: 422, retry: false, means: 'the time is ahead of the hub' },
  'request/unknown': { http: 404, retry: false, means: 'this node has made no such request' },
  'request/conflict': { http: 409, retry: false, means: 'the id was used for another request' },
  'stream/busy': { http: 429, retry: true, means: 'too many streams are open' },
  'cursor/unknown': { http: 404, retry: false, means: 'the hub has no cursor with this name' },
  'cursor/foreign': { http: 403, retry: false, means: 'the cursor belongs to another node' },
  'cursor/in-use': { http: 409, retry: true, means: 'a connected node uses the cursor' },
  'why/busy': { http: 429, retry: true, means: 'too many decisions are being recomputed' },
  'why/unavailable': { http: 503, retry: false, means: 'the decision cannot be recomputed here' },
  'history/lived': { http: 409, retry: false, means: 'only a demonstration accepts a simulated past' },
  'store/damaged': { http: 500, retry: false, means: 'stored data cannot be read' },
  'store/missing': { http: 500, retry: false, means: 'the data folder was in use, and its log is gone' },
  'store/full': { http: 507, retry: true, means: 'the disk of the data folder is full' },
  'store/locked': { http: 503, retry: false, means: 'another process uses the same data' },
  'store/unwritable': { http: 507, retry: false, means: 'the data folder cannot be written' },
  'store/newer': { http: 500, retry: false, means: 'stored data was written by a newer version' },
  'net/answer': { http: 502, retry: true, means: 'the hub answered with an error that has no code of this table' },
  'net/unreachable': { http: 503, retry: true, means: 'the hub does not answer over HTTP' },
  'net/port-in-use': { http: 500, retry: false, means: 'another program listens on the port' },
  'bridge/unreachable': { http: 503, retry: true, means: 'the target of a bridge cannot be reached, or did not answer in time' },
  'bridge/refused': { http: 502, retry: true, means: 'the target of a bridge refuses what it is given' },
  'bridge/moved': { http: 409, retry: true, means: 'the target of a bridge no longer ends where the bridge had come' },
  'bridge/gone': { http: 410, retry: false, means: 'the target of a bridge wants nothing more' },
  'bridge/fenced': { http: 409, retry: false, means: 'another bridge writes to the same target' },
  'notification/unknown': { http: 404, retry: false, means: 'no person, rota or channel of this name is notified by this hub' },
  'cli/usage': { http: 400, retry: false, means: 'the command line is not valid' },
} as const satisfies Record<string, { readonly http: number; readonly retry: boolean; readonly means: string }>;

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
