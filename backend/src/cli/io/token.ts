import { isFault, NodeId, createParse, type Role } from '@phloem/protocol';
import { openCredentials } from '../../settings/io/credentials.ts';
import { createHubClient } from './hub-client.ts';
import { dataFiles } from './places.ts';

const parseNodeId = createParse(NodeId, 'the name of a node', 'cli/usage');

/** Makes a token through the running hub, or, when none runs on this data folder, in its settings. */
export const createTokenCommand = async (options: {
  readonly role: Role;
  readonly node: string;
  readonly port: number;
  readonly data: string;
}): Promise<void> => {
  const nodeId = parseNodeId(options.node);
  const files = dataFiles(options.data);
  let token: string;
  try {
    const credentials = await openCredentials({ data: options.data });
    try {
      token = await credentials.create({ role: options.role, nodeId });
    } finally {
      await credentials.close();
    }
  } catch (error) {
    if (!isFault(error, 'store/locked')) throw error;
    const client = createHubClient({ port: options.port, tokenFile: files.adminToken });
    ({ token } = await client.post<{ token: string }>('/api/v1/tokens', { role: options.role, node: nodeId }));
  }
  process.stdout.write(`${token}\n`);
};
