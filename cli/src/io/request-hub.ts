import type { RequestHub, WantedChange } from '@phloem/bridge';
import { Fault, faults, type FaultCode, type HttpLeaseAnswer, type RequestAnswer, type ScopeId, type Term } from '@phloem/protocol';

const answerMs = 4000;

const isFaultCode = (code: unknown): code is FaultCode => typeof code === 'string' && code in faults;

type Asked = { readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'; readonly body?: unknown };

/** The hub on this machine, for a program that requests device states of a scope over HTTP. */
export const createRequestHub = (parts: { readonly port: number; readonly token: string; readonly scope: ScopeId }): RequestHub => {
  const { port, token, scope } = parts;
  const ask = async <T>(path: string, { method, body }: Asked): Promise<T> => {
    const authorization = `Bearer ${token}`;
    const content =
      body === undefined
        ? { headers: { authorization } }
        : { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(answerMs);
    const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, signal, ...content }).catch(toUnreachable);
    const answer: unknown = await response.json().catch(toUnreachable);
    if (response.ok) return answer as T;
    const { code, message } = (answer ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    throw new Fault(
      isFaultCode(code) ? code : 'net/unreachable',
      typeof message === 'string' ? message : `the hub answered ${response.status}`,
    );
  };
  return {
    hold: async () => (await ask<HttpLeaseAnswer>(`/leases/${scope}`, { method: 'PUT', body: {} })).term,
    release: async () => void (await ask(`/leases/${scope}`, { method: 'DELETE' })),
    request: (term: Term, id: string, { device, value, op, reason }: WantedChange, ttlMs: number) => {
      const body = { id, term, device, value, op, ttlMs, ...(reason === null ? {} : { reason }) };
      return ask<RequestAnswer>('/requests', { method: 'POST', body });
    },
    find: async (id) => {
      try {
        return await ask<RequestAnswer>(`/requests/${encodeURIComponent(id)}`, { method: 'GET' });
      } catch (error) {
        if (error instanceof Fault && error.code === 'request/unknown') return null;
        throw error;
      }
    },
  };
};

const toUnreachable = (error: unknown): never => {
  throw new Fault('net/unreachable', `the hub does not answer: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
};
