import type { FaultCode, NodeId, ScopeId } from '@phloem/protocol';
import type { MessagePort } from 'node:worker_threads';
import type { AskHub } from './ask-hub.ts';
import type { AutomationLog } from './automation-log.ts';

/** What the thread of an automation service starts with. */
export type AutomationThreadData = {
  /** The link to the hub. */
  readonly link: MessagePort;
  /** Everything else: `ThreadOrder` in, `ThreadReport` out. */
  readonly calls: MessagePort;
  readonly nodeId: NodeId;
  readonly token: string | undefined;
  readonly scope: ScopeId | null;
  readonly folder: string;
  readonly isTracing: boolean;
};

/** Messages to the thread. */
export type ThreadOrder =
  | { readonly kind: 'answer'; readonly n: number; readonly text: string }
  | { readonly kind: 'fault'; readonly n: number; readonly code: FaultCode; readonly message: string }
  | { readonly kind: 'stop' };

/** Messages from the thread. */
export type ThreadReport =
  | { readonly kind: 'ask'; readonly n: number; readonly path: string; readonly init: Parameters<AskHub>[1] }
  | { readonly kind: 'log'; readonly level: keyof AutomationLog; readonly fields: object; readonly text: string }
  | { readonly kind: 'unusable'; readonly code: FaultCode; readonly message: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly why: string | null }
  | { readonly kind: 'crashed'; readonly error: unknown }
  | { readonly kind: 'stopped' };
