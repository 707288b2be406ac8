export { alarmIds, type AlarmSubject, isReservedAlarm, parseAlarmId } from './alarm-id.ts';
export { type ListedAlarm, toAlarmList } from './messages/alarm-list.ts';
export {
  type AlarmPhase,
  isAlarmOver,
  isAlarmShelvable,
  isAlarmSilenced,
  stepAlarmStatus,
  toAlarmAction,
  toAlarmPhase,
} from './messages/alarm-status.ts';
export { Author, AuthorKind, formatAuthor, isSameAuthor, parseAuthor, toPersonText } from './author.ts';
export { canonicalJson, hashDocument } from './canonical-json.ts';
export { Checkpoint } from './checkpoint.ts';
export { cutChanges, cutSnapshot, joinSnapshot, type PartialSnapshot } from './messages/cut-view.ts';
export {
  type DeviceKind,
  deviceKinds,
  DeviceMode,
  type DeviceShape,
  deviceShapeParts,
  explainDeviceValue,
  formatDeviceValue,
  isDeviceValue,
  isRunning,
  modeNamePattern,
  toDeviceUnit,
  toOffValue,
  toStep,
  toValueRange,
} from './device-kind.ts';
export { isProven, type ProvingReading } from './messages/device-proof.ts';
export {
  AccessEntry,
  AlarmEntry,
  AlarmGuidance,
  AlarmPriority,
  AlarmShelving,
  AlarmState,
  BundleEntry,
  BundleMode,
  DeviceEntry,
  DeviceValue,
  Entry,
  type EntryDraft,
  type EntryKind,
  GapEntry,
  InterlockEntry,
  InterlockPhase,
  LateEntry,
  LeaseEntry,
  NodeEntry,
  NoteEntry,
  OffsetEntry,
  OverrideEntry,
  Phase,
  PulseEntry,
  Quality,
  Reading,
  Role,
  SensorEntry,
  SiteEntry,
  UpTime,
  ValueEntry,
  WallTime,
} from './entries/entry.ts';
export {
  hubEvents,
  type HubMessage,
  type HubMessages,
  type HubToNodeEvents,
  nodeEvents,
  type NodeMessage,
  type NodeMessages,
  type NodeToHubEvents,
  sourceEvents,
  Unsubscribe,
} from './messages/events.ts';
export { Fault, type FaultCode, faults, isFault } from './fault.ts';
export { toFrameId } from './frame-id.ts';
export {
  Bye,
  ByeCode,
  formatVersion,
  HeartbeatTerms,
  Hello,
  Limits,
  ProtocolVersion,
  protocolVersion,
  readVersion,
  shouldReturn,
  Welcome,
} from './messages/greeting.ts';
export { AlarmAnswer } from './messages/alarm-answer.ts';
export {
  AcknowledgeRequest,
  CommentRequest,
  longestShelvingMs,
  maxAlarmsPerRequest,
  ShelveRequest,
  UnshelveRequest,
} from './http/alarms.ts';
export {
  AlarmExportQuery,
  DeviceSpan,
  DeviceTimeline,
  ExportQuery,
  HistoryGap,
  HistoryQuery,
  PointHistory,
  SimulatedPast,
  SimulatedPastAnswer,
  SimulatedPastReach,
  StretchQuery,
} from './http/history.ts';
export {
  BusHealthAnswer,
  BusHealthAnswers,
  BusId,
  BusPlanAnswer,
  BusReadAnswer,
  BusReadRequest,
  LineSettings,
  PlannedBlockAnswer,
  ReadFunctionCode,
  RegisterAnswer,
  RegisterAnswers,
  UnitHealthAnswer,
  UnitId,
  WireAddress,
} from './http/buses.ts';
export {
  Attach,
  Attached,
  Ingested,
  IngestFault,
  IngestFrame,
  IngestMessage,
  IngestOutcome,
  IngestPosition,
  IngestReading,
  IngestSeq,
  RefusedReading,
} from './messages/ingest.ts';
export { NamedSubscriptionRequest } from './messages/named-subscription.ts';
export { AutomationCode, BridgeAnswer, BridgeAnswers, BridgeDirection, BridgeReport, toBridgeId, toBridgeNode } from './http/bridges.ts';
export { CursorAnswer, CursorAnswers } from './http/cursors.ts';
export { BacktestBundle, BacktestRequest, BacktestStatus, backtestStates } from './http/backtests.ts';
export {
  BundleDocuments,
  BundleRevision,
  BundleRevisions,
  DifferencesQuery,
  PushQuery,
  RevisionDifferences,
  RollbackRequest,
} from './http/revisions.ts';
export { NotificationsAnswer, NotificationTest, NotificationTestAnswer } from './http/notifications.ts';
export { StorageAnswer } from './http/storage.ts';
export { PasswordChange, PasswordSignIn, PersonRole, SignInWays, UserAnswer, UserAnswers, UserChange, UserRequest } from './http/users.ts';
export { KioskAnswer, KioskAnswers, LinkAnswer, PersonName } from './http/kiosks.ts';
export { AlarmAction, AlarmHistory, LocationMark, LocationMarks, longestNote, NoteAnswer, NoteRequest } from './http/marks.ts';
export { longestOffsetMs, OffsetRequest, offsetWarningMs } from './http/offsets.ts';
export {
  longestOverrideMs,
  MeAnswer,
  OverrideConsequence,
  OverridePreview,
  OverridePreviewRequest,
  OverrideRequest,
  overrideWarningMs,
  ReasonRequest,
  ReleaseRequest,
} from './http/overrides.ts';
export {
  CalibrationRequest,
  CalibrationStatus,
  MaintenanceRequest,
  PointRecordsAnswer,
  UndoRequest,
  WithdrawRequest,
} from './http/point-records.ts';
export { SetpointAhead, SetpointsAhead } from './http/setpoints.ts';
export { WhyAnswer, WhyQuery } from './http/why.ts';
export { DeviceRequest, HttpLeaseAnswer, HttpLeaseRequest, RequestAnswer } from './http/requests.ts';
export { TokenAnswer, TokenAnswers, TokenRequest } from './http/tokens.ts';
export { hasOverlap, toLocation, toLocations, toPointId, toScopeId } from './name-parts.ts';
export { findValueName, NamedValues, toNamedText } from './named-values.ts';
export {
  BridgeId,
  ClusterId,
  CursorName,
  DeviceId,
  DocumentHash,
  Epoch,
  LocationId,
  Lsn,
  MeasurementId,
  NodeId,
  PointId,
  Position,
  RunId,
  ScopeId,
  SessionId,
  SetpointName,
  SourceId,
  SubscriptionId,
  Term,
} from './names.ts';
export { OffsetStatus, stepOffsetStatus } from './http/offset-status.ts';
export { stepOverrideStatus } from './messages/override-status.ts';
export { findMisfit, type Misfit, type MisfitWork } from './find-misfit.ts';
export { type KnownNames, readNameAs, readUnknownAs, toOpenSchema } from './open-schema.ts';
export { createOpenParse, createParse, type Parse } from './parse.ts';
export { CalibrationRecord, MaintenanceRecord, PointRecord, ReferencePair } from './entries/point-record.ts';
export { toPrintable, toPrintableJson } from './printable.ts';
export {
  absoluteHumidity,
  airVapourPressureDeficit,
  dewPoint,
  enthalpy,
  leafVapourPressureDeficit,
  saturationVapourPressure,
  STANDARD_PRESSURE,
  wetBulb,
} from './psychrometrics.ts';
export { factsOf, quantities, type Quantity, type QuantityFacts, quantityNames, toPlausibleOffset } from './quantity.ts';
export { BusTransaction, TransactionOutcome, Transactions, Unwatch, Watching, WatchRequest } from './messages/raw-watch.ts';
export {
  CommandReason,
  isTooLate,
  type Missing,
  type NamedThings,
  type LimitName,
  Reason,
  type ReasonCode,
  reasonInterlocks,
  reasonOf,
  type ReasonParams,
  reasonParts,
  reasonRule,
  type ReasonTexts,
  type Remedy,
  renderReason,
  type RuleReason,
  textReason,
  toLimitText,
  RenderedReason,
  trimReason,
  withMessage,
} from './reasons/index.ts';
export {
  decodeWide,
  toAsciiText,
  toBitText,
  toSigned,
  toWideText,
  type WideType,
  wideTypes,
  type WordOrderName,
  wordOrders,
  wordsOf,
} from './registers/decodings.ts';
export { type RegisterSpan, toExceptionAdvice, toExceptionWords, toPlaceText, toRegisterText } from './registers/exceptions.ts';
export { type MarkedByte, toMarkedBytes } from './registers/marked-bytes.ts';
export {
  parseRegisterAddress,
  readFunctionOf,
  type RegisterAddress,
  type RegisterTableName,
  tableOf,
  toRegisterNumber,
  toWireAddress,
} from './registers/register-address.ts';
export {
  decodeShape,
  encodeField,
  encodeShape,
  isFloatType,
  rawRangeOf,
  type RegisterField,
  type RegisterShape,
  type RegisterTypeName,
  registerTypes,
  wordCountOf,
} from './registers/register-shape.ts';
export {
  AlarmReport,
  Commit,
  Committed,
  DeviceStateFrame,
  Filter,
  EntryBatch,
  frameTtl,
  Heartbeat,
  LeaseGrant,
  SentFrame,
  SubscriptionGrant,
  SubscriptionRequest,
  ValueReport,
} from './messages/stream.ts';
export {
  AlarmStatus,
  AutomationStatus,
  BusStatus,
  Changes,
  DeviceFeedback,
  DeviceLayout,
  DeviceLimits,
  DeviceState,
  InterlockStatus,
  OverrideStatus,
  PointLayout,
  PointState,
  SiteLayout,
  Snapshot,
  ValueStatus,
} from './messages/state.ts';
export {
  createTimeZone,
  DAY_MS,
  formatDay,
  hasDay,
  isTimeZone,
  parseDay,
  type Showing,
  type TemporalLike,
  type TimeZone,
  timeZoneNames,
  toDayBounds,
  toInstant,
  toInstantOf,
  toLastShown,
  toLocal,
  toLocalDay,
  toOffsetSpans,
  toWeekday,
  whenShown,
} from './time-zone.ts';
export { formatDuration, hours, type Millis, millis, minutes, seconds } from './time.ts';
export { fromDayText, fromIsoText, toIsoText } from './iso-text.ts';
export { createClockText, createDayText, createMomentText, createTimeText } from './time-text.ts';
