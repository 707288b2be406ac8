import {
  createOpenParse,
  DeviceTimeline,
  LocationMarks,
  MeAnswer,
  NoteAnswer,
  OffsetStatus,
  OverrideStatus,
  PointHistory,
  SetpointsAhead,
} from '@phloem/protocol';
import type { pageAnswers } from './page-answers.ts';

/** What lets an answer of the hub over HTTP in, by the name under which the page asks for it. Made in the worker alone. */
export const answers = {
  me: () => createOpenParse(MeAnswer, 'the signed-in user', 'net/answer'),
  setpoints: () => createOpenParse(SetpointsAhead, 'the set-points of a location', 'net/answer'),
  history: () => createOpenParse(PointHistory, 'the history of a point', 'net/answer'),
  timeline: () => createOpenParse(DeviceTimeline, 'the timeline of a device', 'net/answer'),
  marks: () => createOpenParse(LocationMarks, 'the alarms and notes of a location', 'net/answer'),
  note: () => createOpenParse(NoteAnswer, 'the note', 'net/answer'),
  override: () => createOpenParse(OverrideStatus, 'the override', 'net/answer'),
  offset: () => createOpenParse(OffsetStatus, 'the offset', 'net/answer'),
  /** Where it is enough that the hub did not refuse. */
  anything: () => (value: unknown) => value,
} as const;

type AllAnswers = typeof answers & typeof pageAnswers;
export type AnswerName = keyof AllAnswers;
export type Answer<N extends AnswerName> = ReturnType<ReturnType<AllAnswers[N]>>;
