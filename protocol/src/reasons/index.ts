export { CommandReason, trimReason, type RuleReason } from './command-reason.ts';
export {
  isTooLate,
  Reason,
  reasonInterlocks,
  reasonOf,
  reasonParts,
  reasonRule,
  textReason,
  RenderedReason,
  type LimitName,
  type Missing,
  type NamedThings,
  type ReasonCode,
  type ReasonParams,
  type Remedy,
} from './reason.ts';
export { renderReason, withMessage, type ReasonTexts } from './render-reason.ts';
export { toLimitText } from './sentences.ts';
