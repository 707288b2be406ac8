import type { Dimension } from '../units/dimension.ts';
import type { SignalDeclaration } from '../documents/signals.ts';
import type { SourceDocument } from '../documents/source.ts';
import type { Scalar, Scope, Slot } from '../expressions/scope.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { Builder } from './builder.ts';
import type { Run } from './run.ts';

/** What a signal's declaration becomes. `after`: the slots that must be up to date first, where that is not all it reads. */
export type CompiledOperator = {
  readonly dimension: Dimension;
  readonly isWhole?: boolean;
  readonly reads: readonly number[];
  readonly after?: readonly number[];
  readonly isTimed: boolean;
  readonly evaluate: (run: Run) => Maybe<Scalar>;
};

/** Where a signal stands: its document, and the names around it. */
export type OperatorContext = {
  readonly id: string;
  readonly source: SourceDocument;
  readonly builder: Builder;
  readonly scope: Scope;
  readonly names: ReadonlyMap<string, Slot>;
  readonly declared: Readonly<Record<string, SignalDeclaration>>;
  readonly clock: SiteClock | undefined;
};

/** What a kind of signal says of itself. */
export type Declared<Key extends string> = Extract<SignalDeclaration, { readonly [K in Key]: unknown }>[Key &
  keyof Extract<SignalDeclaration, { readonly [K in Key]: unknown }>];

/** A condition's answer. */
export const toClaim = (value: Maybe<Scalar>): Maybe<boolean> => (typeof value === 'boolean' ? value : unknown);

/** A number's answer. */
export const toNumber = (value: Maybe<Scalar> | undefined): Maybe<number> => (typeof value === 'number' ? value : unknown);
