import type { Author } from '../author.ts';
import type { DeviceShape } from '../device-kind.ts';
import type { DeviceValue } from '../device-value.ts';
import type { Reason, ReasonCode, ReasonParams } from './reason.ts';

/** What a sentence is made with: the words of the place where it is shown. */
export type Sayer = {
  readonly time: (at: number) => string;
  readonly value: (value: DeviceValue) => string;
  readonly title: (id: string) => string;
  readonly condition: (text: string) => string;
  readonly person: (by: Author) => string;
  readonly shape: DeviceShape | undefined;
  readonly of: (reason: Reason) => string;
};

/** By code, the sentence of a reason. */
export type Sentences = { readonly [C in ReasonCode]: (params: ReasonParams[C], say: Sayer) => string };
