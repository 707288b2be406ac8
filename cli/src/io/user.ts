import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { Fault, type LinkAnswer, type PersonRole, type UserAnswer } from '@phloem/protocol';
import { createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';
import { toUserLines } from '../operator/user-lines.ts';
import { printNote, printLines } from './print.ts';
import { printTimes, type HubOptions } from './print-answer.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };
type AddOptions = HubOptions & { readonly role: PersonRole; readonly location?: readonly string[]; readonly passwordStdin: boolean };
type ChangeOptions = HubOptions & { readonly role?: PersonRole; readonly location?: readonly string[]; readonly allLocations: boolean };

const roles = ['viewer', 'technician', 'engineer', 'admin'] as const;

/** Adds `phloem user`: the people who can sign in, through the running hub. */
export const addUserCommand = (program: Command, { port, data }: Shared): void => {
  const user = program.command('user').description('adds, changes and removes people who sign in');
  const withHub = (command: Command): Command =>
    command.addOption(port()).addOption(data()).addOption(new Option('--json', 'as JSON, for programs').default(false));
  const named = (command: Command): Command => command.argument('<name>', 'the name with which they sign in, such as maria');

  withHub(user.command('list', { isDefault: true }).description('shows who can sign in, and as what')).action(async (options: HubOptions) =>
    print(options, await toClient(options).get('/api/v1/users')),
  );
  withHub(named(user.command('add').description('adds a user, and prints a link with which they choose a password')))
    .addOption(new Option('--role <role>', 'what they may do').choices(roles).makeOptionMandatory())
    .option('--location <id...>', 'where they may act; everywhere without it')
    .option('--password-stdin', 'reads their password from standard input instead of printing a link', false)
    .action(add);
  withHub(named(user.command('change').description('changes the role or the locations of a user; their sessions end')))
    .addOption(new Option('--role <role>', 'what they may do').choices(roles))
    .option('--location <id...>', 'where they may act')
    .option('--all-locations', 'lets them act everywhere', false)
    .action(change);
  withHub(
    named(user.command('link').description('removes the password of a user, and prints a link with which they choose another')),
  ).action(async (name: string, options: HubOptions) => printLink(options, name));
  withHub(named(user.command('remove').description('removes a user; their sessions end at once'))).action(
    async (name: string, options: HubOptions) =>
      print(options, await toClient(options).delete(`/api/v1/users/${encodeURIComponent(name)}`, {})),
  );
};

const toClient = ({ port, data }: HubOptions): HubClient => createHubClient({ port, tokenFile: dataFiles(resolve(data)).adminToken });

const print = (options: HubOptions, users: readonly UserAnswer[]): Promise<void> => printTimes(options, users, toUserLines);

const add = async (name: string, options: AddOptions): Promise<void> => {
  const { role, location, passwordStdin } = options;
  // A line ends what a person types or a file holds, and is no part of the password.
  const password = passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const body = { name, role, ...(location !== undefined && { locations: location }), ...(password !== undefined && { password }) };
  const users = await toClient(options).post<readonly UserAnswer[]>('/api/v1/users', body);
  if (passwordStdin) await print(options, users);
  else await printLink(options, name);
};

const change = async (name: string, options: ChangeOptions): Promise<void> => {
  const { role, location, allLocations } = options;
  if (allLocations && location !== undefined) throw new Fault('cli/usage', '--location or --all-locations, not both');
  if (!allLocations && location === undefined && role === undefined)
    throw new Fault('cli/usage', 'give --role, --location or --all-locations');
  const locations = allLocations ? { locations: null } : location === undefined ? {} : { locations: location };
  await print(
    options,
    await toClient(options).put(`/api/v1/users/${encodeURIComponent(name)}`, { ...(role !== undefined && { role }), ...locations }),
  );
};

const printLink = async (options: HubOptions, name: string): Promise<void> => {
  const { path, origin } = await toClient(options).post<LinkAnswer>(`/api/v1/users/${encodeURIComponent(name)}/link`, {});
  const link = `${origin ?? `http://127.0.0.1:${options.port}`}${path}`;
  printLines([options.json === true ? JSON.stringify({ link }) : link]);
  printNote(`It signs ${name} in once, within 15 minutes; then they choose a password.`);
  if (origin === null) printNote('It opens only on this machine. Start the hub with --public-url to give other machines access.');
};
