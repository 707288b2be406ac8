import {
  BridgeAnswers,
  BusHealthAnswer,
  BusReadAnswer,
  createOpenParse,
  DeviceTimeline,
  KioskAnswers,
  LinkAnswer,
  LocationMarks,
  MeAnswer,
  NoteAnswer,
  NotificationsAnswer,
  NotificationTestAnswer,
  OffsetStatus,
  OverridePreview,
  OverrideStatus,
  PointHistory,
  PointRecordsAnswer,
  RegisterAnswers,
  SetpointsAhead,
  StorageAnswer,
  WhyAnswer,
} from '@phloem/protocol';

/** What lets an answer of the hub over HTTP in, by the name under which the page asks for it. Made in the worker alone. */
export const answers = {
  me: () => createOpenParse(MeAnswer, 'the signed-in user', 'net/answer'),
  setpoints: () => createOpenParse(SetpointsAhead, 'the set-points of a location', 'net/answer'),
  history: () => createOpenParse(PointHistory, 'the history of a point', 'net/answer'),
  timeline: () => createOpenParse(DeviceTimeline, 'the timeline of a device', 'net/answer'),
  marks: () => createOpenParse(LocationMarks, 'the alarms and notes of a location', 'net/answer'),
  note: () => createOpenParse(NoteAnswer, 'the note', 'net/answer'),
  records: () => createOpenParse(PointRecordsAnswer, 'the records of a point', 'net/answer'),
  kiosks: () => createOpenParse(KioskAnswers, 'the wall screens', 'net/answer'),
  link: () => createOpenParse(LinkAnswer, 'a link', 'net/answer'),
  override: () => createOpenParse(OverrideStatus, 'the override', 'net/answer'),
  offset: () => createOpenParse(OffsetStatus, 'the offset', 'net/answer'),
  overridePreview: () => createOpenParse(OverridePreview, 'the preview', 'net/answer'),
  registers: () => createOpenParse(RegisterAnswers, 'the registers of the site', 'net/answer'),
  busRead: () => createOpenParse(BusReadAnswer, 'the result of a read', 'net/answer'),
  bridges: () => createOpenParse(BridgeAnswers, 'the bridges', 'net/answer'),
  storage: () => createOpenParse(StorageAnswer, 'the storage of the hub', 'net/answer'),
  notifications: () => createOpenParse(NotificationsAnswer, 'the notifications', 'net/answer'),
  notificationTest: () => createOpenParse(NotificationTestAnswer, 'the result of a test message', 'net/answer'),
  busHealth: () => createOpenParse(BusHealthAnswer, 'the health of a bus', 'net/answer'),
  why: () => createOpenParse(WhyAnswer, 'the reasons of a device', 'net/answer'),
  /** Where it is enough that the hub did not refuse. */
  anything: () => (value: unknown) => value,
} as const;

export type AnswerName = keyof typeof answers;
export type Answer<N extends AnswerName> = ReturnType<ReturnType<(typeof answers)[N]>>;
