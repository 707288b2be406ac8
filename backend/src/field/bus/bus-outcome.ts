import type { Reason } from '@phloem/protocol';

/** How a request ended. `isSent` false: it certainly had no effect; true: it may have had one. */
export type BusOutcome =
  | { readonly kind: 'bits'; readonly values: readonly boolean[] }
  | { readonly kind: 'words'; readonly values: readonly number[] }
  | { readonly kind: 'echoed' }
  /** A broadcast has left; nobody answers one. */
  | { readonly kind: 'sent' }
  /** Its guard said no when its turn had come; nothing was sent. */
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'exception'; readonly code: number }
  | {
      readonly kind: 'failed';
      readonly code: 'modbus/timeout' | 'modbus/mismatch' | 'modbus/link';
      readonly why: string;
      /** Why it never left, as data. */
      readonly cause?: Reason;
      readonly isSent: boolean;
    };
