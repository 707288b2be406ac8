import { inspect } from 'node:util';
import { isFault, toPrintable } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { loadSiteFolder } from '../../site/io/load-site-folder.ts';
import { readFolder } from '../../site/io/read-folder.ts';
import { requestCheck } from '../../store/io/repair-database.ts';
import type { TlsListen } from '../../http/io/open-tls-listener.ts';
import { leaveSafe } from '../leave-safe.ts';
import { dataFiles } from './data-files.ts';
import { openHub, type HubDecorators, type HubLog, type OpenHub, type OpenHubOptions } from './open-hub.ts';

export type HubProcessOptions = {
  readonly port: number;
  readonly simulatorPort: number;
  readonly data: string;
  /** A folder of site documents. */
  readonly site: string;
  /** The site is the demonstration: its readings come from the simulator and are marked as simulated. */
  readonly isDemonstration: boolean;
  /** The built panel. */
  readonly panelFolder: string;
  /** The arguments for Node that run the program which recomputes decisions. */
  readonly why: readonly string[] | null;
  /** A folder of bundle documents that become the live bundle as the hub starts; null for none. */
  readonly bundle: string | null;
  /** Where a web server on this machine passes people on, over TLS; null for nowhere. */
  readonly publicUrl: URL | null;
  /** Where other machines reach it with TLS; null for nowhere. */
  readonly tlsListen: TlsListen | null;
  /** What the log keeps; 35 days and 8 GiB when not said. */
  readonly retention?: NonNullable<OpenHubOptions['retention']>;
  readonly version: string;
  /** Puts something of a test around disk, field and network. */
  readonly decorate?: HubDecorators;
};

/** What a hub that was started by another process says when it listens, and whenever a link has been used. */
export type HubReady = {
  readonly port: number;
  /** Where it listens with TLS; null for nowhere. */
  readonly tlsPort: number | null;
  readonly signIn: string;
  /** The bundle that the start came with, as it is live now. */
  readonly rules: { readonly scope: string; readonly revision: number } | null;
};

/** How long a hub that has lost its log goes on trying to drive its outputs safe. */
const lostGraceMs = 2000;
const shutDownMs = 4000;

const createLog = (): HubLog =>
  process.stdout.isTTY
    ? pino(
        { level: process.env['PHLOEM_LOG'] ?? 'info', base: null },
        pretty({
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss',
          sync: true,
          messageFormat: (line, key) => toPrintable(String(line[key])),
        }),
      )
    : pino({ level: process.env['PHLOEM_LOG'] ?? 'info' });

/** Runs a hub in this process until SIGTERM (outputs stay) or SIGINT (outputs go safe). */
export const runHubProcess = async (options: HubProcessOptions): Promise<void> => {
  const log = createLog();
  const site = loadSiteFolder(options.site, options.isDemonstration ? { simulator: options.simulatorPort } : {});
  const bundle = options.bundle === null ? null : readBundle(readFolder(options.bundle));
  // The first link learns when the hub listens; later ones may be asked for at any time after that.
  let emitLink = (): void => undefined;
  const open = await openHub({ ...options, site, bundle, log, onLinkSpent: () => emitLink() });
  let port: number;
  let tlsPort: number | null = null;
  try {
    port = await open.listen(options.port);
    if (options.tlsListen !== null) tlsPort = await open.listenTls(options.tlsListen);
  } catch (error) {
    await open.close({ outputs: 'keep' });
    throw error;
  }
  emitLink = createEmitLink(open, port, tlsPort);
  endOnSignals(open, log);
  endOnLoss(open, log, { store: dataFiles(options.data).store, devices: site.site.devices });
  log.info(
    { port, ...(tlsPort !== null && { tlsPort }), site: site.site.title, epoch: open.store.log.epoch, head: open.store.log.head },
    'the hub listens',
  );
  emitLink();
};

const createEmitLink =
  ({ codes, rules }: OpenHub, port: number, tlsPort: number | null) =>
  (): void => {
    const signIn = `/sign-in/${codes.issue()}`;
    if (process.send === undefined) process.stdout.write(toInvitation(`http://127.0.0.1:${port}${signIn}`));
    else process.send({ port, tlsPort, signIn, rules } satisfies HubReady);
  };

const endOnSignals = (open: OpenHub, log: HubLog): void => {
  let isStopping = false;
  const stop = async (outputs: 'keep' | 'safe', why: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ outputs }, `ending: ${why}`);
    const deadline = setTimeout(() => {
      log.error('could not shut down within 4 s');
      process.exit(1);
    }, shutDownMs);
    await open.close({ outputs });
    clearTimeout(deadline);
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('keep', 'SIGTERM, outputs stay as they are'));
  process.on('SIGINT', () => void stop('safe', 'SIGINT, outputs go to their safe state'));
  // Anyone who started this process and kept a channel to it is gone: nobody would end it otherwise.
  if (process.send !== undefined) process.on('disconnect', () => void stop('safe', 'the process that started the hub is gone'));
};

/** Ends the process when its hub can record nothing any more; drives its outputs safe before. */
export const endOnLoss = (
  { field }: Pick<OpenHub, 'field'>,
  log: { fatal(fields: object, text: string): void },
  { store, devices }: { readonly store: string; readonly devices: Parameters<typeof leaveSafe>[1] },
): void => {
  let isLost = false;
  const lose = async (cause: unknown): Promise<void> => {
    if (isLost) return;
    isLost = true;
    if (isFault(cause) && cause.code.startsWith('store/')) {
      if (cause.code === 'store/damaged') requestCheck(store);
      log.fatal({ code: cause.code }, `${cause.message} Nothing can be recorded: outputs go to their safe states, and the hub exits.`);
      await Promise.race([leaveSafe(field, devices), new Promise((resolve) => setTimeout(resolve, lostGraceMs))]);
    } else process.stderr.write(`${inspect(cause)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', (cause) => void lose(cause));
};

/** A link that signs somebody in does not belong into a journal, which others may read and which keeps it. */
const toInvitation = (link: string): string =>
  process.env['JOURNAL_STREAM'] === undefined
    ? `Open ${link} (works once; the next one follows)\n`
    : 'To sign in, run: phloem link --role engineer --name operator\n';
