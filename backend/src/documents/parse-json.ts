import { Fault } from '@phloem/protocol';

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads JSON that came from outside.
 *
 * @throws Fault document/syntax for what is no JSON, or has a member of a name that no document may have.
 */
export const parseJson = (bytes: Uint8Array): unknown => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('document/syntax', 'the body is not valid UTF-8', { cause });
  }
  // Most texts have none of these names, and a reviver makes reading them five times slower.
  const isSuspect = /"(?:__proto__|constructor|prototype|\\u00[0-9a-f]{2}[^"]{0,80})"\s*:/i.test(text);
  try {
    return isSuspect ? JSON.parse(text, refuseForbidden) : JSON.parse(text);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('document/syntax', `the body is not valid JSON: ${cause instanceof Error ? cause.message.slice(0, 200) : ''}`, {
      cause,
    });
  }
};

const refuseForbidden = (key: string, value: unknown): unknown => {
  if (forbidden.has(key)) throw new Fault('document/syntax', `the body has a member ${key}, which no document may have`);
  return value;
};
