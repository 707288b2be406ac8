import {
  BusHealthAnswer,
  BusReadAnswer,
  createParse,
  DeviceTimeline,
  KioskAnswers,
  LinkAnswer,
  LocationMarks,
  MeAnswer,
  NoteAnswer,
  OffsetStatus,
  OverridePreview,
  OverrideStatus,
  PointHistory,
  PointRecordsAnswer,
  RegisterAnswers,
  SetpointsAhead,
} from '@phloem/protocol';

/** What lets an answer of the hub over HTTP in, by the name under which the page asks for it. Made in the worker alone. */
export const answers = {
  me: () => createParse(MeAnswer, 'who sits before the panel', 'net/answer'),
  setpoints: () => createParse(SetpointsAhead, 'the set-points of a location', 'net/answer'),
  history: () => createParse(PointHistory, 'the history of a point', 'net/answer'),
  timeline: () => createParse(DeviceTimeline, 'the timeline of a device', 'net/answer'),
  marks: () => createParse(LocationMarks, 'the alarms and notes of a location', 'net/answer'),
  note: () => createParse(NoteAnswer, 'the note', 'net/answer'),
  records: () => createParse(PointRecordsAnswer, 'what people did to a point', 'net/answer'),
  kiosks: () => createParse(KioskAnswers, 'the screens that are let in', 'net/answer'),
  link: () => createParse(LinkAnswer, 'a link', 'net/answer'),
  override: () => createParse(OverrideStatus, 'the override', 'net/answer'),
  offset: () => createParse(OffsetStatus, 'the offset', 'net/answer'),
  overridePreview: () => createParse(OverridePreview, 'what would come of it', 'net/answer'),
  registers: () => createParse(RegisterAnswers, 'the registers of the site', 'net/answer'),
  busRead: () => createParse(BusReadAnswer, 'what came of a read', 'net/answer'),
  busHealth: () => createParse(BusHealthAnswer, 'the health of a bus', 'net/answer'),
  /** Where it is enough that the hub did not refuse. */
  anything: () => (value: unknown) => value,
} as const;

export type AnswerName = keyof typeof answers;
export type Answer<N extends AnswerName> = ReturnType<ReturnType<(typeof answers)[N]>>;
