import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { Fault, type NodeId, type ScopeId } from '@phloem/protocol';
import { monotonicClock, openLink, type Link, type LinkStatus, type Transport } from '@phloem/reconnect';
import type { SchedulerLike } from 'rxjs';
import { compile } from '../compile.ts';
import type { Compile, HandOver } from '../plan.ts';
import { runService, type CheckpointStore, type ServiceNotice } from '../run-service.ts';
import type { AutomationLog } from './automation-log.ts';
import type { AskHub } from './ask-hub.ts';
import { createCheckpointFiles } from './checkpoint-files.ts';
import { createFetchDocument } from './fetch-document.ts';

/** Puts something of a test around the parts that decide, send and store. */
export type AutomationDecorators = {
  readonly transport: (transport: Transport) => Transport;
  readonly compile: (run: string, compile: Compile) => Compile;
  readonly checkpoints: (store: CheckpointStore) => CheckpointStore;
  readonly notice: (run: string, event: ServiceNotice) => void;
};

export type OpenAutomationOptions = {
  readonly transport: Transport;
  /** The hub's HTTP interface, with the token of this node. */
  readonly ask: AskHub;
  readonly nodeId: NodeId;
  readonly token: string | undefined;
  /** What it runs; null for the scope of the first live bundle. */
  readonly scope: ScopeId | null;
  /** Where its checkpoints are kept. */
  readonly folder: string;
  readonly log: AutomationLog;
  /** Whether decisions are logged with their evidence. */
  readonly isTracing?: boolean;
  readonly clock?: SchedulerLike;
  readonly random?: () => number;
  readonly decorate?: AutomationDecorators | undefined;
  /** Called once, when the hub has welcomed the node for the first time. */
  readonly onReady: () => void;
  /** Called once, when the service has ended by itself: a bug, or the hub has ended its session for good. */
  readonly onEnded: (end: AutomationEnd) => void;
};

/** Why a service has ended by itself. */
export type AutomationEnd =
  | { readonly kind: 'crashed'; readonly error: unknown }
  | { readonly kind: 'refused'; readonly why: string | null };

/** An automation service at work. */
export type Automation = {
  /** Commits, stores a last checkpoint, and ends the link, which frees the lease. */
  stop(): Promise<void>;
};

const software = 'phloem-automation/0.1.0';

/**
 * Opens an automation service over a transport to its hub. It touches nothing of its process: no signals, no environment, no exit.
 *
 * @throws Fault `store/unwritable` when the folder of checkpoints cannot be written.
 */
export const openAutomation = async (options: OpenAutomationOptions): Promise<Automation> => {
  const { transport, ask, nodeId, token, scope, log, decorate, clock = monotonicClock, random = Math.random } = options;
  await prepareFolder(options.folder);
  const runId = randomBytes(12).toString('base64url');
  const link = openLink({
    transport: decorate?.transport(transport) ?? transport,
    clock,
    random,
    nodeId,
    run: runId,
    role: 'automation',
    ...(token === undefined ? {} : { token }),
    software,
    subscriptions: [],
  });
  let hasEnded = false;
  const end = (how: AutomationEnd): void => {
    if (hasEnded) return;
    hasEnded = true;
    options.onEnded(how);
  };
  const crash = (error: unknown): void => {
    log.fatal({ err: error }, 'the service has stopped');
    end({ kind: 'crashed', error });
    void link.close();
  };
  const checkpoints = openCheckpoints(options.folder, ask, log);
  const report = createReport(log);
  const service = runService({
    link,
    nodeId,
    scope,
    clock,
    isTracing: options.isTracing ?? false,
    fetchDocument: createFetchDocument(ask),
    compile: decorate?.compile(runId, compile) ?? compile,
    checkpoints: decorate?.checkpoints(checkpoints) ?? checkpoints,
    notice: (event) => {
      decorate?.notice(runId, event);
      report(event);
    },
    crash,
  });
  followLink(link, log, { onReady: options.onReady, onClosed: (why) => !hasEnded && end({ kind: 'refused', why }) });
  return {
    stop: async () => {
      hasEnded = true;
      await service.stop();
    },
  };
};

const prepareFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new Fault('store/unwritable', `${folder} cannot be written: give another --data, or the right to write there`, { cause });
  }
};

const openCheckpoints = (folder: string, ask: AskHub, log: AutomationLog): CheckpointStore =>
  createCheckpointFiles({
    folder,
    ask,
    trouble: ({ doing, what, error }) =>
      log.warn({ doing, what, message: error instanceof Error ? error.message : String(error) }, 'checkpoint trouble'),
  });

const toCounts = (handOver: HandOver | null): object =>
  handOver === null ? {} : { carried: handOver.carried.length, fresh: handOver.fresh.length, dropped: handOver.dropped.length };

/** Writes what the service reports into its log. */
const createReport =
  (log: AutomationLog) =>
  (event: ServiceNotice): void => {
    switch (event.kind) {
      case 'started':
        log.info({ position: event.state.position, bundle: event.state.bundle }, 'begins here');
        return;
      case 'switched':
        log.info(
          { site: event.state.site, bundle: event.state.bundle, scope: event.state.scope, ...toCounts(event.handOver) },
          'plan switched',
        );
        return;
      case 'no-plan':
        log.error({ lsn: event.lsn, code: event.fault.code, message: event.fault.message }, 'no plan: commands nothing until there is one');
        return;
      case 'lost':
        log.warn({ lost: event.lost, why: event.why }, 'entries are missing: restarting from a checkpoint');
        return;
      case 'unusable-checkpoint':
        log.warn({ cursor: event.cursor, message: event.fault.message }, 'checkpoint left aside');
        return;
      case 'shadow':
        log.warn(
          { lsn: event.entry.lsn, bundle: event.entry.hash, scope: event.entry.scope },
          'a bundle in shadow is not run here: `phloem rules shadow` runs one beside the live one',
        );
        return;
      case 'traces':
        log.debug({ traces: event.traces }, 'decided');
        return;
      default:
        event satisfies never;
    }
  };

type Followed = { readonly onReady: () => void; readonly onClosed: (why: string | null) => void };

const followLink = (link: Link, log: AutomationLog, { onReady, onClosed }: Followed): void => {
  let phase: LinkStatus['phase'] | null = null;
  let wasReady = false;
  link.status$.subscribe((status) => {
    if (status.phase === phase) return;
    const before = phase;
    ({ phase } = status);
    if (phase === 'ready') log.info({ attempt: status.attempt, session: status.welcome?.session }, 'connected');
    else if (phase !== 'closed' && status.why !== null && (before === 'ready' || status.attempt === 2))
      log.warn({ why: status.why }, 'not connected, tries again');
    else log.debug({ phase, attempt: status.attempt, why: status.why }, 'link');
    if (phase === 'ready' && !wasReady) {
      wasReady = true;
      onReady();
    }
    if (phase === 'closed') onClosed(status.why);
  });
  link.lease$.subscribe((lease) => log.debug({ lease }, 'lease'));
};
