import { Fault, isFault, type FaultCode, faults, type RequestAnswer } from '@phloem/protocol';
import type { HubConnection } from '../hub-connection.ts';
import type { HubNode, NodeRed } from '../node-red.ts';
import { readRequest } from '../read-message.ts';
import { answerMessages, findConnection } from './follow-standing.ts';

type RequestConfig = {
  readonly hub: string;
  readonly device?: string;
  readonly ttlSeconds?: string | number;
  readonly reason?: string;
};

const askEveryMs = 250;
/** How long after its time to live a request that was accepted is followed. */
const followMs = 10_000;
const isOpen = ({ phase }: RequestAnswer): boolean => phase === 'requested' || phase === 'held' || phase === 'writing';

/** Registers `phloem-request`, which requests a device state and emits what came of it: confirmed, or anything else. */
export const registerRequest = (red: NodeRed): void => {
  red.nodes.registerType('phloem-request', function create(this: HubNode, config: RequestConfig) {
    red.nodes.createNode(this, config);
    const connection = findConnection(red, this, config.hub);
    if (connection === null) return;
    const settings = { device: config.device ?? '', ttlSeconds: Number(config.ttlSeconds ?? 5), reason: config.reason ?? '' };
    const stop = new AbortController();
    this.on('close', (_isRemoved, done) => {
      stop.abort();
      done();
    });
    answerMessages(this, connection, async (message, send) => {
      const request = readRequest(message, settings, crypto.randomUUID());
      const answer = await follow(connection, await connection.request(request), request.ttlMs + followMs, stop.signal);
      const result = { ...message, topic: request.device, request: answer };
      send(answer.phase === 'confirmed' ? [result, null] : [null, result]);
      if (answer.outcome === 'refused') throw new Fault(toCode(answer.code), answer.message ?? 'the hub gave no reason');
    });
  });
};

const toCode = (code: string | null): FaultCode => (code !== null && code in faults ? (code as FaultCode) : 'command/value');

/** Asks what came of a request until it has ended, or the time is over. */
const follow = async (connection: HubConnection, first: RequestAnswer, limitMs: number, signal: AbortSignal): Promise<RequestAnswer> => {
  const endsAt = performance.now() + limitMs;
  let answer = first;
  while (isOpen(answer) && performance.now() < endsAt && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    try {
      answer = await connection.ask<RequestAnswer>(`/requests/${encodeURIComponent(first.id)}`, { method: 'GET' });
    } catch (error) {
      // The hub restarts: it knows the request when it is back.
      if (!isFault(error) || !faults[error.code].retry) throw error;
    }
  }
  return answer;
};
