import { resolve } from 'node:path';
import { createMomentText, type KioskAnswer, type LinkAnswer } from '@phloem/protocol';
import type { Command, Option } from 'commander';
import { toKioskLines } from '../operator/operator-lines.ts';
import { askTimeZone, createHubClient, dataFiles } from '@phloem/backend/client';
import { printLines, printNote } from './print.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };
type Options = { readonly port: number; readonly data: string; readonly name?: string; readonly list: boolean; readonly revoke?: string };

/** Adds `phloem token kiosk`: lets screens on walls in, lists them, and takes that back, through the running hub. */
export const addKioskCommand = (token: Command, { port, data }: Shared): void => {
  token
    .command('kiosk')
    .description('creates a one-time link that signs in a wall screen, which can only read')
    .option('--name <name>', 'the name of the screen, such as lobby')
    .option('--list', 'lists the wall screens with access', false)
    .option('--revoke <id>', 'signs out a screen, by its id in the list')
    .addOption(port())
    .addOption(data())
    .action(async ({ port: number, data: folder, name = 'wall', list, revoke }: Options) => {
      const client = createHubClient({ port: number, tokenFile: dataFiles(resolve(folder)).adminToken });
      if (!list && revoke === undefined) {
        const { path, origin } = await client.post<LinkAnswer>('/api/v1/kiosks', { name });
        printLines([`${origin ?? `http://127.0.0.1:${number}`}${path}`]);
        if (origin === null) printNote('It opens only on this machine. Start the hub with --public-url to give other screens access.');
        return;
      }
      const kiosks =
        revoke === undefined
          ? await client.get<readonly KioskAnswer[]>('/api/v1/kiosks')
          : await client.delete<readonly KioskAnswer[]>(`/api/v1/kiosks/${encodeURIComponent(revoke)}`, {});
      printLines(toKioskLines(kiosks, createMomentText(await askTimeZone(client))));
    });
};
