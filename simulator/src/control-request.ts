import { Fault, isFault } from '@phloem/protocol';
import { parseForcedValues } from './forced-values.ts';
import { toList } from './json-object.ts';
import type { Simulator } from './simulator.ts';
import { parseSimulatorFault } from './parse-simulator-fault.ts';

/** A request to the control port, as far as it matters here. */
export type ControlRequest = { readonly method: string; readonly path: string; readonly query: URLSearchParams; readonly body: string };

/** What is sent back, and whether all connections to the Modbus port have to go. */
export type ControlAnswer = { readonly status: number; readonly body: unknown; readonly dropsConnections?: boolean };

/** Answers a request to the control port. */
export const answerControl = (simulator: Simulator, request: ControlRequest): ControlAnswer => {
  try {
    return route(simulator, request);
  } catch (error) {
    if (isFault(error)) return { status: 400, body: { code: error.code, error: error.message } };
    throw error;
  }
};

const offers = [
  'GET /state',
  'GET /registers',
  'GET /ledger?after=n',
  'GET /faults',
  'POST /faults',
  'DELETE /faults',
  'DELETE /faults/{id}',
  'POST /set',
];

/** The most entries in one answer; ask again after the last. */
const pageSize = 10_000;

const route = (simulator: Simulator, { method, path, query, body }: ControlRequest): ControlAnswer => {
  const id = /^\/faults\/(\d{1,9})$/.exec(path)?.[1];
  switch (id === undefined ? `${method} ${path}` : `${method} /faults/{id}`) {
    case 'GET /state':
      return { status: 200, body: simulator.snapshot() };
    case 'GET /registers':
      return { status: 200, body: { registers: simulator.registers() } };
    case 'GET /ledger':
      return { status: 200, body: toLedgerPage(simulator, query.get('after') ?? '0') };
    case 'GET /faults':
      return { status: 200, body: { faults: simulator.faults() } };
    case 'POST /faults': {
      const fault = parseSimulatorFault(parseJson(body));
      const { id: given, dropsConnections } = simulator.inject(fault);
      return { status: given === null ? 200 : 201, body: { id: given, fault }, dropsConnections };
    }
    case 'DELETE /faults':
      simulator.clear();
      return { status: 200, body: { faults: [] } };
    case 'DELETE /faults/{id}':
      if (simulator.clear(Number(id))) return { status: 200, body: { faults: simulator.faults() } };
      return refuse(404, `there is no fault ${id}; there are ${toList(simulator.faults().map((fault) => String(fault.id))) || 'none'}`);
    case 'POST /set':
      simulator.force(parseForcedValues(parseJson(body)));
      return { status: 200, body: simulator.snapshot() };
    default:
      return refuse(404, `${method} ${path} is not available; available: ${toList(offers)}`);
  }
};

const toLedgerPage = (simulator: Simulator, after: string) => {
  if (!/^\d{1,15}$/.test(after)) throw new Fault('protocol/invalid', '"after" is the number of an entry, 0 for all');
  const entries = simulator.ledgerAfter(Number(after));
  const page = entries.slice(0, pageSize);
  return { entries: page, last: page.at(-1)?.n ?? Number(after), hasMore: entries.length > page.length };
};

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Fault('protocol/invalid', 'the body is not JSON', { cause });
  }
};

const refuse = (status: number, error: string): ControlAnswer => ({ status, body: { code: 'protocol/unexpected', error } });
