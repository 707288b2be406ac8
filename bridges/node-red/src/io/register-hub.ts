import { Fault, isFault } from '@phloem/protocol';
import type { HubConnection } from '../hub-connection.ts';
import type { HubNode, NodeRed } from '../node-red.ts';
import { parseSelection } from '../select-ids.ts';
import { openConnection } from './open-connection.ts';

type HubConfig = {
  readonly address: string;
  readonly node: string;
  readonly locations?: string;
  readonly keepSeconds?: string | number;
};

const nodeName = /^[a-z][a-z0-9_.-]{0,62}$/;
const location = /^[a-z][a-z0-9_]{0,62}$/;
const defaultKeepSeconds = 60;

const toSettings = ({ address, node, locations = '', keepSeconds = defaultKeepSeconds }: HubConfig, token: string) => {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new Fault('protocol/invalid', `the address "${address}" is not a URL such as http://127.0.0.1:8420`);
  }
  if (token === '') {
    throw new Fault('auth/unauthorised', `no token. Create one with "phloem token create --role technician --node ${node}" and enter it`);
  }
  if (!nodeName.test(node)) throw new Fault('protocol/invalid', `the node name "${node}" must have lower-case letters, digits and _ . -`);
  const chosen = parseSelection(locations);
  const wrong = chosen.filter((one) => !location.test(one));
  if (wrong.length > 0) throw new Fault('protocol/invalid', `"${wrong.join(', ')}" is not the id of a location`);
  const keep = Number(keepSeconds);
  if (!(keep > 0)) throw new Fault('protocol/invalid', `the lease time "${keepSeconds}" must be a number of seconds above 0`);
  return { address, node, token, locations: chosen, keepSeconds: keep };
};

const closeConnection = async (connection: HubConnection, isRemoved: boolean, done: () => void): Promise<void> => {
  await connection.close(isRemoved);
  done();
};

/** Registers `phloem-hub`, the configuration node that holds the connection. */
export const registerHub = (red: NodeRed): void => {
  red.nodes.registerType(
    'phloem-hub',
    function create(this: HubNode, config: HubConfig) {
      red.nodes.createNode(this, config);
      try {
        const connection = openConnection(this, toSettings(config, this.credentials?.token?.trim() ?? ''));
        this.connection = connection;
        this.on('close', (isRemoved, done) => void closeConnection(connection, isRemoved, done));
      } catch (error) {
        // Nodes without a connection show that their hub node is not in order.
        if (!isFault(error)) throw error;
        this.warn(error.message);
      }
    },
    { credentials: { token: { type: 'password' } } },
  );
};
