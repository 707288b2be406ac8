import type { DeviceId, DeviceValue, WhyAnswer } from '@phloem/protocol';

/** What is to be explained: a device, now or at a moment, and a value that it does not have. */
export type WhyQuestion = { readonly device: DeviceId; readonly at: number | null; readonly not: DeviceValue | null };

/** Who asks. Each person has a turn of their own; `signal` aborts when nobody waits for the answer any more. */
export type Asker = { readonly person: string; readonly signal: AbortSignal };

/**
 * Recomputes from the log why a device is as it is.
 *
 * @throws Fault `why/unavailable` when nothing here can, `why/busy` when too many questions wait.
 */
export type WhyClient = (question: WhyQuestion, asker: Asker) => Promise<WhyAnswer>;
