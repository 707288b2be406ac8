import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault, type AlarmStatus, type LinkAnswer, type OverridePreview, type OverrideStatus } from '@phloem/protocol';
import type { InterlockAnswer } from '../../http/interlock-answers.ts';
import { createMomentText } from '../../devices/time-text.ts';
import {
  toAlarmLines,
  toDeviceValue,
  toInterlockLines,
  toOverrideLines,
  toPreviewLines,
  type ToMoment,
} from '../operator/operator-lines.ts';
import { toForMs } from '../points/parse-point-options.ts';
import { askTimeZone, createHubClient, type HubClient } from './hub-client.ts';
import { dataFiles } from './places.ts';

type Common = { readonly port: number; readonly data: string; readonly json?: boolean };
type Shared = { readonly port: () => Option; readonly data: () => Option };
type OverrideOptions = Common & { readonly for: string; readonly reason?: string; readonly release: boolean; readonly preview: boolean };

/** Adds what operators do, through the running hub: `phloem override`, `alarms`, `acknowledge`, `interlock` and `link`. */
export const addOperatorCommands = (program: Command, { port, data }: Shared): void => {
  const json = (): Option => new Option('--json', 'for programs').default(false);

  program
    .command('override')
    .description('takes a device by hand for a while, below interlocks and above rules, or lets it go')
    .argument('<device>', 'such as flower_room/heater')
    .argument('[value]', 'on, off or 40%')
    .option('--for <duration>', 'how long; at most 24h', '1h')
    .option('--reason <text>', 'why; it is kept with your name')
    .option('--release', 'lets the device go', false)
    .option('--preview', 'only tells what would come of it', false)
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(override);

  const alarms = program.command('alarms').description('shows the alarms that somebody has to look at');
  alarms
    .command('list', { isDefault: true })
    .description('shows them')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (options: Common) =>
      tellTimes(options, await toClient(options).get<readonly AlarmStatus[]>('/api/v1/alarms'), toAlarmLines),
    );
  alarms
    .command('ack')
    .description('says that you have seen one')
    .argument('<alarm>', 'as the list names it')
    .option('--reason <text>', 'what is done about it')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (alarm: string, options: Common & { reason?: string }) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      const status = await toClient(options).post<AlarmStatus>(`/api/v1/alarms/${encodeURIComponent(alarm)}/acknowledge`, body);
      tell(options, status, () => [`${status.alarm} is acknowledged`]);
    });

  program
    .command('acknowledge')
    .description('says that somebody has seen that a device went to its safe state; rules may command it again')
    .argument('<device>', 'such as flower_room/heater')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (device: string, options: Common) => {
      const state = await toClient(options).post<{ id: string }>(`${toPath(device)}/acknowledge`, {});
      tell(options, state, ({ id }) => [`${id} may be commanded again`]);
    });

  const interlock = program.command('interlock').description('shows the interlocks of the site, and lets latched ones go');
  interlock
    .command('list', { isDefault: true })
    .description('shows them')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (options: Common) =>
      tellTimes(options, await toClient(options).get<readonly InterlockAnswer[]>('/api/v1/interlocks'), toInterlockLines),
    );
  interlock
    .command('reset')
    .description('lets a latched one go, once its condition has been clear for long enough')
    .argument('<interlock>', 'as the list names it')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (id: string, options: Common) => {
      const all = await toClient(options).post<readonly InterlockAnswer[]>(`/api/v1/interlocks/${encodeURIComponent(id)}/reset`, {});
      tell(options, all, () => [`${id} is let go`]);
    });

  program
    .command('link')
    .description('makes a link that signs a browser in, once')
    .addOption(
      new Option('--role <role>', 'what whoever follows it may do')
        .choices(['viewer', 'technician', 'engineer', 'admin'])
        .default('viewer'),
    )
    .option('--name <name>', 'what the log calls him', 'guest')
    .addOption(port())
    .addOption(data())
    .action(async (options: Common & { role: string; name: string }) => {
      const { role, name } = options;
      const { path, origin } = await toClient(options).post<LinkAnswer>('/api/v1/sign-in-links', { role, name });
      process.stdout.write(`${origin ?? `http://127.0.0.1:${options.port}`}${path}\n`);
    });
};

const toPath = (device: string): string => `/api/v1/devices/${encodeURIComponent(device)}`;

const toClient = ({ port, data }: Common): HubClient => createHubClient({ port, tokenFile: dataFiles(resolve(data)).adminToken });

const tell = <T>({ json }: Common, answer: T, toLines: (answer: T) => readonly string[]): void => {
  process.stdout.write(json === true ? `${JSON.stringify(answer)}\n` : `${toLines(answer).join('\n')}\n`);
};

/** As `tell`, for what has times in it: they are those of the site. */
const tellTimes = async <T>(options: Common, answer: T, toLines: (answer: T, toMoment: ToMoment) => readonly string[]): Promise<void> => {
  const timeZone = options.json === true ? 'UTC' : await askTimeZone(toClient(options));
  tell(options, answer, (told) => toLines(told, createMomentText(timeZone)));
};

const override = async (device: string, text: string | undefined, options: OverrideOptions): Promise<void> => {
  const client = toClient(options);
  const { reason } = options;
  if (options.release) {
    const body = reason === undefined ? {} : { reason };
    return tellTimes(options, await client.delete<OverrideStatus>(`${toPath(device)}/override`, body), toOverrideLines);
  }
  if (text === undefined) throw new Fault('cli/usage', 'say what the device is to be: on, off or 40%; or --release');
  const wanted = { value: toDeviceValue(text), forMs: toForMs(options.for) };
  if (options.preview)
    return tell(options, await client.post<OverridePreview>(`${toPath(device)}/override/preview`, wanted), toPreviewLines);
  if (reason === undefined) throw new Fault('cli/usage', 'say why, with --reason');
  await tellTimes(options, await client.post<OverrideStatus>(`${toPath(device)}/override`, { ...wanted, reason }), toOverrideLines);
};
