import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { createMomentText, createParse, Fault, isFault, LocationId, NodeId, type Role, type TokenAnswer } from '@phloem/protocol';
import { parseDuration } from '@phloem/rules';
import { openCredentials } from '@phloem/backend/data-folder';
import { toTokenLines } from '../operator/token-lines.ts';
import { askTimeZone, createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';
import { addKioskCommand } from './kiosk.ts';
import { printLines } from './print.ts';

const parseLocation = createParse(LocationId, 'the name of a location', 'cli/usage');
const parseNodeId = createParse(NodeId, 'the name of a node', 'cli/usage');

type Common = { readonly port: number; readonly data: string; readonly json?: boolean };
type Shared = { readonly port: () => Option; readonly data: () => Option };
type CreateOptions = Common & {
  readonly role: Role;
  readonly node: string;
  readonly location?: readonly string[];
  readonly expires?: string;
};

/** Adds `phloem token`: makes, lists and revokes credentials, through the running hub or in the settings of a stopped one. */
export const addTokenCommand = (program: Command, { port, data }: Shared): void => {
  const json = (): Option => new Option('--json', 'as JSON, for programs').default(false);
  const token = program.command('token').description('credentials of nodes, browsers and wall screens');
  token
    .command('create')
    .description('creates a token and prints it; it is shown only once')
    .addOption(
      new Option('--role <role>', 'the role that the token grants')
        .choices(['viewer', 'automation', 'relay', 'ingest'])
        .makeOptionMandatory(),
    )
    .addOption(new Option('--node <id>', 'the name of the node that will use it').makeOptionMandatory())
    .option('--location <id...>', 'the locations that it is valid for; without them, all')
    .option('--expires <duration>', 'how long it is valid, such as 30d; without it, until it is revoked')
    .addOption(port())
    .addOption(data())
    .action((options: CreateOptions) => createToken({ ...options, data: resolve(options.data) }));
  token
    .command('list')
    .description('lists the valid credentials, and who created them')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (options: Common) => {
      const client = toClient(options);
      const tokens = await client.get<readonly TokenAnswer[]>('/api/v1/tokens');
      await tell(options, client, tokens);
    });
  token
    .command('revoke')
    .description('revokes a credential; its sessions end at once')
    .argument('<id>', 'as shown in the list')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (id: string, options: Common) => {
      const client = toClient(options);
      await tell(options, client, await client.delete<readonly TokenAnswer[]>(`/api/v1/tokens/${encodeURIComponent(id)}`, {}));
    });
  addKioskCommand(token, { port, data });
};

const toClient = ({ port, data }: Common): HubClient => createHubClient({ port, tokenFile: dataFiles(resolve(data)).adminToken });

const tell = async ({ json }: Common, client: HubClient, tokens: readonly TokenAnswer[]): Promise<void> => {
  const lines = json === true ? [JSON.stringify(tokens)] : toTokenLines(tokens, createMomentText(await askTimeZone(client)));
  printLines(lines);
};

const dayMs = 86_400_000;
/** A time of days (`30d`), or of hours and minutes as elsewhere. */
const toExpiry = (text: string): number => {
  const days = /^(\d{1,4}) ?d$/.exec(text)?.[1];
  const forMs = days === undefined ? parseDuration(text) : Number(days) * dayMs;
  if (forMs === undefined || forMs < 60_000 || forMs > 3653 * dayMs)
    throw new Fault('cli/usage', `--expires is "${text}"; use a time such as 30d or 12h, from 1min to 3653d`);
  return forMs;
};

const createToken = async ({ role, node, location, expires, port, data }: CreateOptions): Promise<void> => {
  const nodeId = parseNodeId(node);
  const locations = location === undefined ? undefined : location.map((one) => parseLocation(one));
  const forMs = expires === undefined ? undefined : toExpiry(expires);
  let token: string;
  try {
    const credentials = await openCredentials({ data });
    try {
      token = await credentials.create({ role, nodeId, locations, forMs });
    } finally {
      await credentials.close();
    }
  } catch (error) {
    if (!isFault(error, 'store/locked')) throw error;
    const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
    ({ token } = await client.post<{ token: string }>('/api/v1/tokens', {
      role,
      node: nodeId,
      ...(locations !== undefined && { locations }),
      ...(forMs !== undefined && { forMs }),
    }));
  }
  printLines([token]);
};
