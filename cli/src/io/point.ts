import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { createMomentText, type MaintenanceRequest, type PointRecordsAnswer } from '@phloem/protocol';
import { toCalibrationRequest, toForMs, toSeen, type CalibrateOptions } from '../points/parse-point-options.ts';
import { toRecordLines } from '../points/record-lines.ts';
import { askTimeZone, createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';
import { printJson, printLines } from './print.ts';

type Common = { readonly port: number; readonly data: string; readonly json: boolean };
type Shared = { readonly port: () => Option; readonly data: () => Option };

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Adds `phloem point …`: calibration and maintenance, through the running hub. */
export const addPointCommand = (program: Command, { port, data }: Shared): void => {
  const point = program.command('point').description('calibrates points and takes them out of use, through the running hub');
  const add = (name: string, description: string): Command =>
    point
      .command(name)
      .description(description)
      .argument('<point>', 'such as flower_room/front/temperature')
      .addOption(port())
      .addOption(data())
      .addOption(new Option('--json', 'as JSON, for programs').default(false));
  const reason = (): Option => new Option('--reason <text>', 'the reason; the log records it with your name').makeOptionMandatory();

  add('show', 'shows the calibrations of a point, and whether it is in use').action((id: string, options: Common) =>
    tell(options, (client) => client.get(toPath(id, 'calibration'))),
  );
  add('calibrate', 'calibrates a point against a reference: one pair sets an offset, two pairs an offset and a slope')
    .addOption(
      new Option('--pair <reference=reading>', 'the reference value and the value of the point at the same time')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(new Option('--instrument <name>', 'the reference instrument').makeOptionMandatory())
    .option('--instrument-due <day>', 'when the calibration of the reference expires, as 2027-05-31')
    .option('--due <day>', 'when the point is due again, as 2027-05-31; from then on its quality is `uncertain`')
    .option('--seen <record>', 'the calibration in force when the pairs were taken, as shown by `show`; needed if it is recent')
    .option('--confirm', 'the pairs look wrong, and you have checked that they are right')
    .addOption(reason())
    .action((id: string, options: Common & CalibrateOptions) =>
      tell(options, async (client) => {
        const request = toCalibrationRequest(options);
        const [now, zone] = [await client.get<PointRecordsAnswer>(toPath(id, 'calibration')), await askTimeZone(client)];
        return client.post(toPath(id, 'calibration'), { ...request, seen: toSeen(now, options.seen, Date.now(), createMomentText(zone)) });
      }),
    );
  add('uncalibrate', 'withdraws the newest calibration; the previous one applies again')
    .addOption(reason())
    .action((id: string, options: Common & { reason: string }) =>
      tell(options, async (client) => {
        const { calibration } = await client.get<PointRecordsAnswer>(toPath(id, 'calibration'));
        return client.delete(toPath(id, 'calibration'), { reason: options.reason, seen: calibration?.hash ?? null });
      }),
    );
  add('maintain', 'takes a point out of use for a limited time: rules see no value')
    .addOption(new Option('--for <duration>', 'at most 24h').default('20min'))
    .addOption(reason())
    .action((id: string, options: Common & { for: string; reason: string }) =>
      tell(options, (client) =>
        client.post(toPath(id, 'maintenance'), { forMs: toForMs(options.for), reason: options.reason } satisfies MaintenanceRequest),
      ),
    );
  add('release', 'puts a point back into use before its time')
    .addOption(reason())
    .action((id: string, options: Common & { reason: string }) =>
      tell(options, (client) => client.delete(toPath(id, 'maintenance'), { reason: options.reason })),
    );
};

const toPath = (id: string, what: string): string => `/api/v1/points/${encodeURIComponent(id)}/${what}`;

const tell = async ({ port, data, json }: Common, ask: (client: HubClient) => Promise<PointRecordsAnswer>): Promise<void> => {
  const client = createHubClient({ port, tokenFile: dataFiles(resolve(data)).adminToken });
  const answer = await ask(client);
  if (json) return printJson(answer);
  printLines(toRecordLines(answer, createMomentText(await askTimeZone(client))));
};
