import { createParse, Fault, NodeId, ScopeId, toScopeId, type FaultCode } from '@phloem/protocol';

/** How the service was asked to run. */
export type AutomationOptions = {
  readonly hubUrl: string;
  readonly nodeId: NodeId;
  readonly tokenFile: string | null;
  readonly dataFolder: string;
  readonly scope: ScopeId | null;
};

export const usage = `Runs the rules of a hub's active bundle over its log, and requests device states.

  --hub <url>          the hub (http://127.0.0.1:8420)
  --node <name>        this node's own name (automation-1)
  --token-file <file>  holds the node's token; or PHLOEM_TOKEN does
  --data <folder>      where its checkpoints are kept (./data/automation)
  --scope <locations>  what it runs, such as flower_room; otherwise that of the first live bundle
  --help               says this
`;

const usageFault: FaultCode = 'cli/usage';
const parseNodeId = createParse(NodeId, '--node must be a name in lower case, such as automation-1', usageFault);
const parseScope = createParse(ScopeId, '--scope must name locations, such as flower_room', usageFault);

/** What the command line said, by name. */
export type GivenOptions = { readonly [K in 'hub' | 'node' | 'token-file' | 'data' | 'scope']?: string | undefined };

/** @throws Fault `cli/usage` with one sentence that says what to do. */
export const toOptions = (given: GivenOptions): AutomationOptions => {
  const hubUrl = given.hub ?? 'http://127.0.0.1:8420';
  if (!URL.canParse(hubUrl) || !/^https?:$/.test(new URL(hubUrl).protocol)) {
    throw new Fault('cli/usage', `--hub is "${hubUrl}", and must be an address such as http://127.0.0.1:8420`);
  }
  return {
    hubUrl,
    nodeId: parseNodeId(given.node ?? 'automation-1'),
    tokenFile: given['token-file'] ?? null,
    dataFolder: given.data ?? './data/automation',
    scope: given.scope === undefined ? null : toScopeId(parseScope(given.scope).split('+')),
  };
};
