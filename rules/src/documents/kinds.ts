import { AlarmDocument } from './alarm.ts';
import { InterlocksDocument } from './interlocks.ts';
import { LeadLagDocument } from './lead-lag.ts';
import { LoopDocument } from './loop.ts';
import { RuleDocument } from './rule.ts';
import { RuleTestDocument } from './rule-test.ts';
import { SetpointsDocument } from './setpoints.ts';
import { SignalsDocument } from './signals.ts';

/** A document of a bundle. */
export type BundleDocument =
  | SignalsDocument
  | SetpointsDocument
  | RuleDocument
  | LoopDocument
  | LeadLagDocument
  | AlarmDocument
  | RuleTestDocument;

/** The schema of each kind of a bundle. */
export const bundleKinds = {
  Signals: SignalsDocument,
  Setpoints: SetpointsDocument,
  Rule: RuleDocument,
  Loop: LoopDocument,
  LeadLag: LeadLagDocument,
  Alarm: AlarmDocument,
  RuleTest: RuleTestDocument,
} as const;

/** The schema of each kind that interlocks are made of. */
export const interlockKinds = { Signals: SignalsDocument, Interlocks: InterlocksDocument } as const;

/** The schema of each kind that the alarms of a site are made of. */
export const siteAlarmKinds = { Signals: SignalsDocument, Setpoints: SetpointsDocument, Alarm: AlarmDocument } as const;
