import { resolve } from 'node:path';
import type { KioskAnswer, LinkAnswer } from '@phloem/protocol';
import type { Command, Option } from 'commander';
import { createMomentText } from '../../devices/time-text.ts';
import { toKioskLines } from '../operator/operator-lines.ts';
import { askTimeZone, createHubClient } from './hub-client.ts';
import { dataFiles } from './places.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };
type Options = { readonly port: number; readonly data: string; readonly name?: string; readonly list: boolean; readonly revoke?: string };

/** Adds `phloem token kiosk`: lets screens on walls in, lists them, and takes that back, through the running hub. */
export const addKioskCommand = (token: Command, { port, data }: Shared): void => {
  token
    .command('kiosk')
    .description('makes a link that signs a screen on a wall in, to read and nothing else; it works once')
    .option('--name <name>', 'what the screen is called, such as lobby')
    .option('--list', 'shows the screens that are let in', false)
    .option('--revoke <id>', 'signs a screen out, by the id that the list shows')
    .addOption(port())
    .addOption(data())
    .action(async ({ port: number, data: folder, name = 'wall', list, revoke }: Options) => {
      const client = createHubClient({ port: number, tokenFile: dataFiles(resolve(folder)).adminToken });
      if (!list && revoke === undefined) {
        const { path, origin } = await client.post<LinkAnswer>('/api/v1/kiosks', { name });
        process.stdout.write(`${origin ?? `http://127.0.0.1:${number}`}${path}\n`);
        if (origin === null)
          process.stderr.write('It opens on this machine alone; --public-url, where the hub is started, lets other screens in.\n');
        return;
      }
      const kiosks =
        revoke === undefined
          ? await client.get<readonly KioskAnswer[]>('/api/v1/kiosks')
          : await client.delete<readonly KioskAnswer[]>(`/api/v1/kiosks/${encodeURIComponent(revoke)}`, {});
      process.stdout.write(`${toKioskLines(kiosks, createMomentText(await askTimeZone(client))).join('\n')}\n`);
    });
};
