import { shouldReturn, type Bye, type ByeCode, type Fault } from '@phloem/protocol';

/** When a refused node may try again, in milliseconds. */
export const restMs = {
  /** By then a connection that nobody serves has been found dead. */
  duplicate: 5000,
  /** After too many failed greetings from one address. */
  failedGreetings: 1000,
  /** By then a node that sent too much has its allowance back. */
  rate: 2000,
} as const;

/** The code with which a fault ends a session. */
export const toByeCode = (fault: Fault): ByeCode => {
  if (fault.code === 'auth/unauthorised' || fault.code === 'auth/forbidden') return 'unauthorised';
  // What the store cannot do is not the node's mistake: it comes back.
  if (fault.code.startsWith('store/')) return 'internal';
  return fault.isRetryable ? 'busy' : 'protocol';
};

/** The farewell of a session; `afterMs` asks the node to stay away for that long. */
export const toBye = (code: ByeCode, message: string, afterMs?: number): Bye => ({
  code,
  retry: shouldReturn[code],
  message: message.slice(0, 400),
  ...(afterMs === undefined ? {} : { afterMs }),
});
