import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HubClient } from '@phloem/backend/client';
import { ChildEnded } from './child.ts';
import { processes } from './places.ts';
import { printText } from './print.ts';
import type { Part } from './supervise.ts';

/** A line about one part. */
export const line = (name: string, text: string, pid: number | null = null): void =>
  printText(`  ${name.padEnd(11)} ${text}${pid === null ? '' : ` (process ${pid})`}`);

type DeviceAnswer = {
  readonly id: string;
  readonly phase: string | null;
  readonly requested: boolean | number | null;
  readonly confirmed: boolean | number | null;
};

const toWords = (value: boolean | number | null): string => {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null ? 'not known' : `${value} %`;
};

/** Says when a device has first confirmed what automation requested. */
export const reportFirstConfirmed = async (client: HubClient, isStopped: () => boolean): Promise<void> => {
  while (!isStopped()) {
    // A hub that is being started again does not answer for a moment.
    const devices = await client.get<readonly DeviceAnswer[]>('/api/v1/devices').catch(() => []);
    const confirmed = devices.find(({ phase, requested }) => phase === 'confirmed' && requested !== null);
    if (confirmed !== undefined) {
      // Counted from the start of this process, so that loading is part of the figure.
      const seconds = (performance.now() / 1000).toFixed(1);
      printText(`  First confirmed device state after ${seconds} s: ${confirmed.id} ${toWords(confirmed.confirmed)}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export type BridgeStart = {
  readonly start: (name: string, args: readonly string[]) => Promise<Part<unknown>>;
  readonly port: number;
  readonly data: string;
  readonly site: string;
};

/** Claims that a document of the site may be of the kind Bridge: its text has the word. */
const mayHaveBridges = (folder: string): boolean =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ya?ml|json)$/.test(name) && statSync(join(folder, name)).isFile())
    .some((name) => readFileSync(join(folder, name), 'utf8').includes('Bridge'));

/** Runs the bridges that the site names. One that cannot start has said why, and keeps nobody from control. */
export const startBridges = async ({ start, port, data, site }: BridgeStart): Promise<void> => {
  // To read documents takes more memory than all the rest of a start, for as long as it runs.
  if (!mayHaveBridges(site)) return;
  const { summariseBridges } = await import('./bridge-target.ts');
  for (const { id, what, isEnabled } of summariseBridges(site)) {
    if (!isEnabled) continue;
    try {
      const part = await start(`bridge ${id}`, [...processes.bridge, id, '--site', site, '--port', String(port), '--data', data]);
      line('bridge', `${id}, ${what}`, part.pid);
    } catch (error) {
      if (!(error instanceof ChildEnded)) throw error;
      line('bridge', `${id} does not run; start it with: phloem bridge run ${id}`);
    }
  }
};

/**
 * Under npm a shell stands between this process and the process that sends a signal to npm: when that shell is gone nobody else would
 * end us.
 */
export const watchStarter = (onGone: () => void): NodeJS.Timeout | undefined => {
  if (process.env['npm_lifecycle_event'] === undefined) return undefined;
  const starter = process.ppid;
  return setInterval(() => {
    if (process.ppid !== starter) onGone();
  }, 250);
};
