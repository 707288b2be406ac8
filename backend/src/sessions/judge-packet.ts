import { Fault } from '@phloem/protocol';

/** The longest greeting, in characters of the CONNECT packet. */
export const longestGreeting = 8192;

/** What a connection has sent so far, as far as its next packet depends on it. */
export type PacketState = {
  /** Claims that its CONNECT packet has come. */
  readonly isGreeted: boolean;
  /** The longest packet that it may send now, in characters. */
  readonly longest: number;
};

/**
 * Says why a packet of Engine.IO is not handed on, or null when it is. Only its kind and its length are looked at, before
 * anything of it is parsed: one CONNECT to `/`, and after that events and the DISCONNECT.
 */
export const judgePacket = ({ isGreeted, longest }: PacketState, data: unknown): Fault | null => {
  if (typeof data !== 'string') return new Fault('protocol/unexpected', 'binary messages are not part of the protocol');
  if (!isGreeted) {
    if (!data.startsWith('0') || data.startsWith('0/')) return new Fault('protocol/unexpected', 'the first packet must be a CONNECT to /');
    return data.length > longestGreeting
      ? new Fault('protocol/too-large', `the greeting has ${data.length} characters, and may have ${longestGreeting}`)
      : null;
  }
  if (data === '1') return null;
  if (!/^2\d{0,10}\[/.test(data.slice(0, 16))) return new Fault('protocol/unexpected', 'only events may follow the greeting');
  return data.length > longest ? new Fault('protocol/too-large', `a message has ${data.length} characters, and may have ${longest}`) : null;
};
