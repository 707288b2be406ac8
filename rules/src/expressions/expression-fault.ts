import { Fault } from '@phloem/protocol';
import type { Range } from './term.ts';

/** An expression that cannot be taken; `from` and `to` are characters of its text. */
export class ExpressionFault extends Fault {
  readonly from: number;
  readonly to: number;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
  /** It follows from a problem that is reported elsewhere. */
  readonly isConsequence: boolean;

  constructor(range: Range, expected: string, found: string, hint = '', options: ErrorOptions & { readonly isConsequence?: boolean } = {}) {
    super('rules/invalid', `expected ${expected}, found ${found}${hint === '' ? '' : ` (${hint})`}`, options);
    this.from = range.from;
    this.to = Math.max(range.to, range.from + 1);
    this.expected = expected;
    this.found = found;
    this.hint = hint;
    this.isConsequence = options.isConsequence ?? false;
  }
}
