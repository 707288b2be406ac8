import { Option, type Command } from 'commander';
import type { NotificationsAnswer, NotificationTestAnswer } from '@phloem/protocol';
import { toNotificationLines, toTestLines } from '../operator/notification-lines.ts';
import { printTimes, tell, toClient, type HubOptions } from './print-answer.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };

/** Adds `phloem notify`: how people are notified of alarms, through the running hub. */
export const addNotifyCommands = (program: Command, { port, data }: Shared): void => {
  const notify = program.command('notify').description('shows and tests how people are notified of alarms');
  const withHub = (command: Command): Command =>
    command.addOption(port()).addOption(data()).addOption(new Option('--json', 'as JSON, for programs').default(false));

  withHub(
    notify.command('status', { isDefault: true }).description('shows each channel, the messages that wait, and the newest that have ended'),
  ).action(async (options: HubOptions) =>
    printTimes(options, await toClient(options).get<NotificationsAnswer>('/api/v1/notifications'), toNotificationLines),
  );
  withHub(
    notify
      .command('test')
      .description('sends a test message, and waits until it is delivered')
      .argument('<name>', 'a person, a rota or a channel of the kind webhook'),
  ).action(async (to: string, options: HubOptions) => {
    const results = await toClient(options).post<NotificationTestAnswer>('/api/v1/notifications/test', { to });
    tell(options, results, toTestLines);
    if (results.some(({ error }) => error !== null)) process.exitCode = 1;
  });
};
