import { millis, type LineSettings, type Millis } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { BusSpec } from '../../site/site.ts';
import type { DialLink } from '../bus/field-link.ts';
import { createMbapDial } from './mbap-link.ts';
import { createRtuDial } from './rtu-link.ts';
import { createSerialLine, type OpenLine } from './serial-wire.ts';
import { createTcpWire } from './tcp-wire.ts';

/** Gateways join what comes within some milliseconds into one frame: requests keep this apart. */
const gatewayGap = millis(10);
/** Silence between two frames: 3.5 characters of 11 bits, 1.75 ms above 19200 baud (MODBUS over Serial Line V1.02, 2.5.1.1). */
const toGap = (baudRate: number): Millis => millis(baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / baudRate);

/** How long a bus is left alone after an answer that did not come. */
export const toQuiet = ({ transport, answerTimeoutMs }: BusSpec): Millis => millis(transport.kind === 'tcp' ? 0 : 2 * answerTimeoutMs);

/** How long a dial may take: a line of RTU is opened only after it has been quiet, and may be disturbed meanwhile. */
export const toConnectTimeout = (bus: BusSpec): Millis => millis(bus.connectTimeoutMs + 2 * toQuiet(bus));

/**
 * Dials a serial line, at its own speed or for one request at another. What is remembered of units that owe an answer is
 * remembered at the line's own speed alone: what they say at another is noise here.
 */
export const createSerialDial = (
  { quietMs, own }: { readonly quietMs: Millis; readonly own: LineSettings },
  openLine: OpenLine,
  scheduler: SchedulerLike,
): DialLink => {
  const dialOwn = createRtuDial(openLine(own), { quietMs, gapMs: toGap(own.baudRate), scheduler });
  return (tell, trace, how) => {
    if (how === undefined || how.line === null) return dialOwn(tell, trace, how);
    const gapMs = millis(Math.max(toGap(own.baudRate), toGap(how.line.baudRate)));
    return createRtuDial(openLine(how.line), { quietMs, gapMs, scheduler })(tell, trace, how);
  };
};

/** How a bus is dialled, by its transport. */
export const createDial = (bus: BusSpec, scheduler: SchedulerLike): DialLink => {
  const { transport } = bus;
  switch (transport.kind) {
    case 'tcp':
      return createMbapDial(createTcpWire(transport));
    case 'rtu-over-tcp':
      return createRtuDial(createTcpWire(transport), { quietMs: toQuiet(bus), gapMs: gatewayGap, scheduler });
    case 'rtu':
      return createSerialDial({ quietMs: toQuiet(bus), own: transport }, createSerialLine(transport), scheduler);
  }
};
