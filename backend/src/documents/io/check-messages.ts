import type { DocumentHash, FaultCode } from '@phloem/protocol';
import type { Plan } from '@phloem/rules';
import type { CheckedBundle } from '../bundle-registry.ts';
import type { Handover } from '../checkpoint-registry.ts';

/** What the thread that checks documents is started with. */
export type CheckWorkerData = { readonly siteText: string };

/** What it is asked to read: a bundle to be compiled, or a checkpoint. */
export type CheckOrder =
  | { readonly id: number; readonly kind: 'bundle' | 'checkpoint'; readonly bytes: Uint8Array }
  | { readonly id: number; readonly kind: 'ahead'; readonly hash: DocumentHash; readonly text: string; readonly ask: AheadAsk };

/** What is asked about a bundle, and what it is answered; null where it does not fit the site. */
export type AheadAsk = Parameters<Plan['forecast']>[0];
export type AheadAnswer = ReturnType<Plan['forecast']> | null;

/** What came of an order. */
export type CheckReport =
  | { readonly id: number; readonly kind: 'bundle'; readonly result: CheckedBundle }
  | { readonly id: number; readonly kind: 'checkpoint'; readonly result: Handover }
  | { readonly id: number; readonly kind: 'ahead'; readonly result: AheadAnswer }
  | { readonly id: number; readonly kind: 'fault'; readonly code: FaultCode; readonly message: string }
  | { readonly id: number; readonly kind: 'bug'; readonly message: string };
