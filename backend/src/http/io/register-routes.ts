import type { FastifyInstance } from 'fastify';
import { registerAlarmHistoryRoutes, type AlarmHistoryRouteParts } from './alarm-history-routes.ts';
import { registerAlarmRoutes, type AlarmRouteParts } from './alarm-routes.ts';
import { registerBacktestRoutes, type BacktestRouteParts } from './backtest-routes.ts';
import { registerBridgeRoutes, type BridgeRouteParts } from './bridge-routes.ts';
import { registerBundleRoutes, type BundleRouteParts } from './bundle-routes.ts';
import { registerBusRoutes, type BusRouteParts } from './bus-routes.ts';
import { registerCheckpointRoutes, type CheckpointRouteParts } from './checkpoint-routes.ts';
import { registerCursorRoutes, type CursorRouteParts } from './cursor-routes.ts';
import { registerDeviceRoutes, type DeviceRouteParts } from './device-routes.ts';
import { registerHealthRoutes, type HealthRouteParts } from './health-routes.ts';
import { registerIngestRoutes, type IngestRouteParts } from './ingest-routes.ts';
import { registerInterlockRoutes, type InterlockRouteParts } from './interlock-routes.ts';
import { registerKioskRoutes, type KioskRouteParts } from './kiosk-routes.ts';
import { registerLogRoute, type LogRouteParts } from './log-route.ts';
import { registerNoteRoute, type NoteRouteParts } from './note-route.ts';
import { registerNotificationRoutes, type NotificationRouteParts } from './notification-routes.ts';
import { registerOffsetRoutes, type OffsetRouteParts } from './offset-routes.ts';
import { readPanelFiles } from './panel-files.ts';
import { registerPasswordRoutes, type PasswordRouteParts } from './password-routes.ts';
import { registerPointRecordRoutes, type PointRecordRouteParts } from './point-record-routes.ts';
import { registerPointRoutes, type PointRouteParts } from './point-routes.ts';
import { registerRequestRoutes, type RequestRouteParts } from './request-routes.ts';
import { createClearCookie, createSetCookie } from './session-cookie.ts';
import { registerSetpointsRoute, type SetpointsRouteParts } from './setpoints-route.ts';
import { registerSignInRoutes, type SignInRouteParts } from './sign-in-routes.ts';
import { registerSimulatedPastRoutes, type SimulatedPastRouteParts } from './simulated-past-routes.ts';
import { registerSiteRoutes, type SiteRouteParts } from './site-routes.ts';
import { registerStorageRoute, type StorageRouteParts } from './storage-route.ts';
import { registerStreamRoute, type StreamRouteParts } from './stream-route.ts';
import { registerTokenRoutes, type TokenRouteParts } from './token-routes.ts';
import { registerUserRoutes, type UserRouteParts } from './user-routes.ts';
import { registerWhyRoute, type WhyRouteParts } from './why-route.ts';

/** What the routes are made of: a hub that is there, and what stands around it. */
export type RouteParts = AlarmHistoryRouteParts &
  AlarmRouteParts &
  BacktestRouteParts &
  BridgeRouteParts &
  Omit<BundleRouteParts, 'documents' | 'revisions'> &
  BusRouteParts &
  CheckpointRouteParts &
  CursorRouteParts &
  DeviceRouteParts &
  HealthRouteParts &
  IngestRouteParts &
  InterlockRouteParts &
  KioskRouteParts &
  Omit<LogRouteParts, 'log'> &
  NoteRouteParts &
  NotificationRouteParts &
  OffsetRouteParts &
  Omit<PasswordRouteParts, 'setCookie' | 'clearCookie'> &
  PointRecordRouteParts &
  PointRouteParts &
  RequestRouteParts &
  SetpointsRouteParts &
  Omit<SignInRouteParts, 'setCookie' | 'styleSheets'> &
  SimulatedPastRouteParts &
  SiteRouteParts &
  StorageRouteParts &
  StreamRouteParts &
  TokenRouteParts &
  UserRouteParts &
  WhyRouteParts & {
    readonly store: Pick<BundleRouteParts, 'documents' | 'revisions'>;
    /** The built panel; null serves none. */
    readonly panelFolder: string | null;
    readonly hubId: string;
  };

/** Adds every route of the hub: one file for each resource. */
export const registerRoutes = async (app: FastifyInstance, parts: RouteParts): Promise<void> => {
  const panel = readPanelFiles(parts.panelFolder);
  registerHealthRoutes(app, parts);
  registerSiteRoutes(app, parts);
  registerPointRoutes(app, parts);
  registerPointRecordRoutes(app, parts);
  registerDeviceRoutes(app, parts);
  registerWhyRoute(app, parts);
  registerInterlockRoutes(app, parts);
  registerAlarmRoutes(app, parts);
  registerAlarmHistoryRoutes(app, parts);
  registerSimulatedPastRoutes(app, parts);
  registerNoteRoute(app, parts);
  registerBusRoutes(app, parts);
  registerBridgeRoutes(app, parts);
  registerBacktestRoutes(app, parts);
  registerStreamRoute(app, parts);
  registerRequestRoutes(app, parts);
  registerOffsetRoutes(app, parts);
  registerSetpointsRoute(app, parts);
  registerCursorRoutes(app, parts);
  registerStorageRoute(app, parts);
  registerNotificationRoutes(app, parts);
  registerLogRoute(app, { log: parts.store.log, readLog: parts.readLog });
  await registerIngestRoutes(app, parts);
  await registerBundleRoutes(app, { ...parts, documents: parts.store.documents, revisions: parts.store.revisions });
  await registerCheckpointRoutes(app, parts);
  registerTokenRoutes(app, parts);
  registerUserRoutes(app, parts);
  registerKioskRoutes(app, parts);
  const setCookie = createSetCookie(parts.hubId, parts.publicUrl);
  registerPasswordRoutes(app, { ...parts, setCookie, clearCookie: createClearCookie(parts.hubId, parts.publicUrl) });
  registerSignInRoutes(app, {
    ...parts,
    setCookie,
    styleSheets: panel?.styleSheets ?? [],
  });
  await panel?.register(app);
};
