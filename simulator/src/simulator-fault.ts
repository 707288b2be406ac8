import type { RelayName } from './machines.ts';

/** Which answers a fault touches: those of one unit, or of all; every one, or the next few. */
type Reach = { readonly unit?: number; readonly times?: number };

/** What can go wrong with the simulator. `drop` and `reboot` happen once; the others last until they are taken away. */
export type SimulatorFault =
  | ({ readonly kind: 'silence' } & Reach)
  | ({ readonly kind: 'delay'; readonly ms: number } & Reach)
  | ({ readonly kind: 'duplicate' } & Reach)
  | ({ readonly kind: 'wrong-echo' } & Reach)
  | ({ readonly kind: 'exception'; readonly code: number; readonly function?: number } & Reach)
  | ({ readonly kind: 'swap-words' } & Reach)
  | { readonly kind: 'freeze'; readonly register: string; readonly value?: number }
  | { readonly kind: 'drift'; readonly register: string; readonly perHour: number }
  | { readonly kind: 'stick'; readonly relay: RelayName }
  | { readonly kind: 'half-open' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reboot'; readonly unit?: number; readonly ms?: number };

/** A fault that lasts, by the number under which it can be taken away. */
export type ActiveFault = {
  readonly id: number;
  readonly fault: SimulatorFault;
  /** How many answers it will still touch; null without limit. */
  readonly left: number | null;
  /** The value at which a frozen register stands. */
  readonly frozenAt: number | null;
  /** When it began, in simulator time. */
  readonly sinceMs: number;
};
