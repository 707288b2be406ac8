import { Fault } from '@phloem/protocol';
import type { Incoming } from './hub-transport.ts';

/** Where a node connects with a plain WebSocket. */
export const webSocketPath = '/api/v1/ws';

/**
 * Reads a text frame `{ "event": …, "data": … }`. Anything else comes back as a flaw. The gate of the session checks the data.
 */
export const readFrame = (text: string, longest: number): Incoming => {
  const flawed = (flaw: Fault): Incoming => ({ event: '', payload: null, flaw });
  if (text.length > longest) {
    return flawed(new Fault('protocol/too-large', `a message has ${text.length} characters, and may have ${longest}`));
  }
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return flawed(new Fault('protocol/invalid', 'a frame is not JSON'));
  }
  if (typeof frame !== 'object' || frame === null || !('event' in frame) || typeof frame.event !== 'string' || !('data' in frame)) {
    return flawed(new Fault('protocol/invalid', 'a frame must be { "event": "…", "data": { … } }'));
  }
  const unknown = Object.keys(frame).find((key) => key !== 'event' && key !== 'data');
  if (unknown !== undefined) return flawed(new Fault('protocol/invalid', `a frame has no member ${JSON.stringify(unknown.slice(0, 40))}`));
  return { event: frame.event, payload: frame.data };
};
