import { writeFaultCodes } from './fault-codes.ts';
import { writeRuleLanguage } from './rule-language.ts';

/** The pages that are generated, each with what writes it. */
export const pages: readonly (readonly [path: string, write: () => string])[] = [
  ['docs/fault-codes.md', writeFaultCodes],
  ['docs/rule-language.md', writeRuleLanguage],
];
