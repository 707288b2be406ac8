import { Option, type Command } from 'commander';
import { Fault, longestShelvingMs, maxAlarmsPerRequest, toAlarmPhase, type AlarmHistory, type AlarmAnswer } from '@phloem/protocol';
import { toAlarmHistoryLines, toAlarmLines, toDoneLines } from '../operator/alarm-lines.ts';
import { toForMs } from '../points/parse-point-options.ts';
import type { HubClient } from '@phloem/backend/client';
import { printLines } from './print.ts';
import { tell, printTimes, toClient, type HubOptions } from './print-answer.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };
type AcknowledgeOptions = HubOptions & { readonly comment?: string; readonly all: boolean };
type HistoryOptions = HubOptions & { readonly for: string; readonly csv: boolean };
type ShelveOptions = HubOptions & { readonly for: string; readonly reason: string };
type UnshelveOptions = HubOptions & { readonly reason?: string };

/** Adds `phloem alarms`: what operators read of alarms and do to them, through the running hub. */
export const addAlarmCommands = (program: Command, { port, data }: Shared): void => {
  const alarms = program.command('alarms').description('shows, acknowledges and shelves alarms');
  const withHub = (command: Command): Command =>
    command.addOption(port()).addOption(data()).addOption(new Option('--json', 'as JSON, for programs').default(false));

  withHub(
    alarms.command('list', { isDefault: true }).description('shows the active and unacknowledged alarms, then the shelved ones'),
  ).action(async (options: HubOptions) => printTimes(options, await list(toClient(options)), toAlarmLines));
  withHub(
    alarms
      .command('history')
      .description('shows the alarms of the site and what people did to them, oldest first')
      .option('--for <duration>', 'how far back', '24h')
      .option('--csv', 'as a CSV file, all of them', false),
  ).action(history);
  withHub(
    alarms
      .command('acknowledge')
      .description('acknowledges alarms and all alarms that come from them')
      .argument('[alarms...]', 'as shown in the list')
      .option('--all', 'every unacknowledged alarm that is not shelved', false)
      .option('--comment <text>', 'a comment, at most 400 characters'),
  ).action(acknowledge);
  withHub(
    alarms
      .command('shelve')
      .description('silences alarms for a limited time')
      .argument('<alarms...>', 'as shown in the list')
      .option('--for <duration>', 'how long; at most 24h', '1h')
      .requiredOption('--reason <text>', 'the reason; the log records it with your name'),
  ).action(async (named: readonly string[], options: ShelveOptions) => {
    const body = { forMs: toShelvingMs(options.for), reason: options.reason };
    await printTimes(options, await post(toClient(options), 'shelve', named, body), toAlarmLines);
  });
  withHub(
    alarms
      .command('unshelve')
      .description('unshelves alarms before the time is over')
      .argument('<alarms...>', 'as shown in the list')
      .option('--reason <text>', 'why'),
  ).action(async (named: readonly string[], options: UnshelveOptions) => {
    const body = options.reason === undefined ? {} : { reason: options.reason };
    tell(options, await post(toClient(options), 'unshelve', named, body), (done) => toDoneLines(done, 'is not shelved'));
  });
};

const list = (client: HubClient): Promise<readonly AlarmAnswer[]> => client.get('/api/v1/alarms');

const history = async (options: HistoryOptions): Promise<void> => {
  if (options.csv && options.json === true) throw new Fault('cli/usage', '--csv or --json, not both');
  const client = toClient(options);
  const to = Date.now();
  const stretch = `from=${Math.max(0, to - toForMs(options.for))}&to=${to}`;
  if (options.csv) printLines((await client.text(`/api/v1/alarms/history.csv?${stretch}`)).trimEnd().split('\r\n'));
  else await printTimes(options, await client.get<AlarmHistory>(`/api/v1/alarms/history?${stretch}`), toAlarmHistoryLines);
};

const acknowledge = async (named: readonly string[], options: AcknowledgeOptions): Promise<void> => {
  if (named.length === 0 && !options.all) throw new Fault('cli/usage', 'name the alarms, or use --all');
  if (named.length > 0 && options.all) throw new Fault('cli/usage', 'name the alarms or use --all, not both');
  const client = toClient(options);
  const alarms = options.all ? (await list(client)).filter(isWaiting).map(({ alarm }) => alarm) : named;
  const body = options.comment === undefined ? {} : { comment: options.comment };
  tell(options, await post(client, 'acknowledge', alarms, body), (done) => toDoneLines(done, 'is acknowledged'));
};

const isWaiting = (status: AlarmAnswer): boolean => ['unacknowledged', 'returned'].includes(toAlarmPhase(status));

/** One request for as many as the hub takes at once. */
const post = async (client: HubClient, action: string, alarms: readonly string[], body: object): Promise<readonly AlarmAnswer[]> => {
  const done: AlarmAnswer[] = [];
  for (let from = 0; from < alarms.length; from += maxAlarmsPerRequest) {
    const some = alarms.slice(from, from + maxAlarmsPerRequest);
    done.push(...(await client.post<readonly AlarmAnswer[]>(`/api/v1/alarms/${action}`, { ...body, alarms: some })));
  }
  return done;
};

/** @throws Fault `cli/usage` when it is not a duration that an alarm can be shelved for. */
const toShelvingMs = (text: string): number => {
  const forMs = toForMs(text);
  if (forMs < 1000 || forMs > longestShelvingMs) throw new Fault('cli/usage', `--for ${text}: an alarm is shelved for 1s to 24h`);
  return forMs;
};
