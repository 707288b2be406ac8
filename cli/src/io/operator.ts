import { Option, type Command } from 'commander';
import { Fault, type LinkAnswer, type OverridePreview, type OverrideStatus } from '@phloem/protocol';
import { hintForName, toSiteModel, type DeviceModel, type SiteParts } from '@phloem/rules';
import type { HubClient, InterlockAnswer } from '@phloem/backend/client';
import { toTypedValue, toInterlockLines, toOverrideLines, toPreviewLines } from '../operator/operator-lines.ts';
import { toForMs } from '../points/parse-point-options.ts';
import { printLines } from './print.ts';
import { tell, printTimes, toClient, type HubOptions as Common } from './print-answer.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };
type OverrideOptions = Common & { readonly for: string; readonly reason?: string; readonly release: boolean; readonly preview: boolean };

/** Adds what operators do, through the running hub: `phloem override`, `acknowledge`, `interlock` and `link`. */
export const addOperatorCommands = (program: Command, { port, data }: Shared): void => {
  const json = (): Option => new Option('--json', 'as JSON, for programs').default(false);

  program
    .command('override')
    .description('overrides a device for a limited time, below interlocks and above rules, or releases it')
    .argument('<device>', 'such as flower_room/heater')
    .argument('[value]', 'on, off, 40%, "22.5 °C", or the name of a mode')
    .option('--for <duration>', 'how long; at most 24h', '1h')
    .option('--reason <text>', 'the reason; the log records it with your name')
    .option('--release', 'release the override', false)
    .option('--preview', 'only preview the effect', false)
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(override);

  program
    .command('acknowledge')
    .description('acknowledges that a device went to its safe state; rules may command it again')
    .argument('<device>', 'such as flower_room/heater')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (device: string, options: Common) => {
      const state = await toClient(options).post<{ id: string }>(`${toPath(device)}/acknowledge`, {});
      tell(options, state, ({ id }) => [`${id} may be commanded again`]);
    });

  const interlock = program.command('interlock').description('shows the interlocks of the site, and resets latched ones');
  interlock
    .command('list', { isDefault: true })
    .description('lists the interlocks')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (options: Common) =>
      printTimes(options, await toClient(options).get<readonly InterlockAnswer[]>('/api/v1/interlocks'), toInterlockLines),
    );
  interlock
    .command('reset')
    .description('resets a latched interlock, once its condition has been clear for long enough')
    .argument('<interlock>', 'as shown in the list')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (id: string, options: Common) => {
      const all = await toClient(options).post<readonly InterlockAnswer[]>(`/api/v1/interlocks/${encodeURIComponent(id)}/reset`, {});
      tell(options, all, () => [`${id} is reset`]);
    });

  program
    .command('link')
    .description('creates a link that signs in one browser, once')
    .addOption(
      new Option('--role <role>', 'the role that the link grants').choices(['viewer', 'technician', 'engineer', 'admin']).default('viewer'),
    )
    .option('--name <name>', 'the name recorded in the log', 'guest')
    .addOption(port())
    .addOption(data())
    .action(async (options: Common & { role: string; name: string }) => {
      const { role, name } = options;
      const { path, origin } = await toClient(options).post<LinkAnswer>('/api/v1/sign-in-links', { role, name });
      printLines([`${origin ?? `http://127.0.0.1:${options.port}`}${path}`]);
    });
};

const toPath = (device: string): string => `/api/v1/devices/${encodeURIComponent(device)}`;

/** What kind of device it is, by the active site: only then does a value have a meaning. */
const findDevice = async (client: HubClient, id: string): Promise<DeviceModel> => {
  const { hash } = await client.get<{ readonly hash: string }>('/api/v1/site');
  const { devices } = toSiteModel(await client.get<SiteParts>(`/api/v1/documents/${hash}`));
  const device = devices.find((one) => one.id === id);
  const names = devices.map((one) => one.id);
  if (device === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}. ${hintForName(id, names)}`.trim());
  return device;
};

const override = async (device: string, text: string | undefined, options: OverrideOptions): Promise<void> => {
  const client = toClient(options);
  const { reason } = options;
  if (options.release) {
    const body = reason === undefined ? {} : { reason };
    return printTimes(options, await client.delete<OverrideStatus>(`${toPath(device)}/override`, body), (status, toMoment) =>
      toOverrideLines(status, toMoment),
    );
  }
  if (text === undefined) throw new Fault('cli/usage', 'give a value: on, off, 40% or "22.5 °C"; or --release');
  const model = await findDevice(client, device);
  const wanted = { value: toTypedValue(text, model), forMs: toForMs(options.for) };
  if (options.preview)
    return tell(options, await client.post<OverridePreview>(`${toPath(device)}/override/preview`, wanted), toPreviewLines);
  if (reason === undefined) throw new Fault('cli/usage', 'give a reason with --reason');
  const status = await client.post<OverrideStatus>(`${toPath(device)}/override`, { ...wanted, reason });
  await printTimes(options, status, (one, toMoment) => toOverrideLines(one, toMoment, model));
};
