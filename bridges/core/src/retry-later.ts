import { Fault, type FaultCode } from '@phloem/protocol';

/** A failure after which the target asks to be left alone for a time. The bridge pauses for at least that long. */
export class RetryLater extends Fault {
  readonly afterMs: number;

  constructor(code: FaultCode, message: string, afterMs: number) {
    super(code, message);
    this.afterMs = afterMs;
  }
}
