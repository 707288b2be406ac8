import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { createMomentText, Fault, type OffsetStatus, type SetpointAhead, type SetpointsAhead } from '@phloem/protocol';
import { createHubClient, dataFiles, type HubClient, type SiteAnswer } from '@phloem/backend/client';
import type { ToMoment } from '../operator/operator-lines.ts';
import { toForMs } from '../points/parse-point-options.ts';
import { findSetpoint, toDelta, toOffsetLines, toSetpointLines, toSetpoints } from '../setpoints/setpoint-lines.ts';
import { printJson, printLines } from './print.ts';

type Common = { readonly port: number; readonly data: string; readonly json: boolean };
type OffsetOptions = Common & { readonly for: string; readonly reason?: string };

/** Adds `phloem setpoint`: what rooms are steered to, and how people move it for a while. */
export const addSetpointCommand = (
  program: Command,
  { port, data }: { readonly port: () => Option; readonly data: () => Option },
): void => {
  const json = (): Option => new Option('--json', 'as JSON, for programs').default(false);
  const setpoint = program.command('setpoint').description('shows the set-points of the live rules, and adds offsets');
  setpoint
    .command('list', { isDefault: true })
    .description('shows every set-point with its offset and its limits')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(list);
  setpoint
    .command('offset')
    .description('adds an offset to a set-point for a limited time')
    .argument('<name>', 'such as flower_room/climate/temp')
    .argument('<offset>', 'with its sign and unit, such as "+1.5 K" or "-100 ppm"')
    .option('--for <duration>', 'how long; at most 24h', '2h')
    .option('--reason <text>', 'the reason; the log records it with your name')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(offset);
  setpoint
    .command('release')
    .description('releases an offset before its end')
    .argument('<name>', 'such as flower_room/climate/temp')
    .option('--reason <text>', 'the reason; the log records it with your name')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(release);
};

const toPath = (name: string): string => `/api/v1/setpoints/${encodeURIComponent(name)}/offset`;

const toClient = ({ port, data }: Common): HubClient => createHubClient({ port, tokenFile: dataFiles(resolve(data)).adminToken });

/** Every set-point of the live rules, and the times of the site. */
const ask = async (client: HubClient): Promise<{ readonly setpoints: readonly SetpointAhead[]; readonly toMoment: ToMoment }> => {
  const { locations, timeZone } = await client.get<SiteAnswer>('/api/v1/site');
  const ahead = await Promise.all(locations.map(({ id }) => client.get<SetpointsAhead>(`/api/v1/locations/${id}/setpoints`)));
  return { setpoints: toSetpoints(ahead), toMoment: createMomentText(timeZone) };
};

const tell = <T>({ json }: Common, answer: T, toLines: (answer: T) => readonly string[]): void => {
  if (json) printJson(answer);
  else printLines(toLines(answer));
};

const list = async (options: Common): Promise<void> => {
  const { setpoints, toMoment } = await ask(toClient(options));
  tell(options, setpoints, (known) => toSetpointLines(known, toMoment));
};

const offset = async (name: string, text: string, options: OffsetOptions): Promise<void> => {
  const { reason } = options;
  const forMs = toForMs(options.for);
  const client = toClient(options);
  const { setpoints, toMoment } = await ask(client);
  const setpoint = findSetpoint(setpoints, name);
  const delta = toDelta(text, setpoint);
  if (reason === undefined) throw new Fault('cli/usage', 'give a reason with --reason');
  const status = await client.post<OffsetStatus>(toPath(name), { delta, forMs, reason });
  tell(options, status, (told) => toOffsetLines(told, setpoint, toMoment));
};

const release = async (name: string, options: Common & { readonly reason?: string }): Promise<void> => {
  const client = toClient(options);
  const { setpoints, toMoment } = await ask(client);
  const setpoint = findSetpoint(setpoints, name);
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const status = await client.delete<OffsetStatus>(toPath(name), body);
  tell(options, status, (told) => toOffsetLines(told, setpoint, toMoment));
};
