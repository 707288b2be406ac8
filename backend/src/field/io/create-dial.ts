import { millis, type Millis } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { BusSpec } from '../../site/site.ts';
import type { DialLink } from '../bus/field-link.ts';
import { createMbapDial } from './mbap-link.ts';
import { createRtuDial } from './rtu-link.ts';
import { createSerialWire } from './serial-wire.ts';
import { createTcpWire } from './tcp-wire.ts';

/** Gateways join what comes within some milliseconds into one frame: requests keep this apart. */
const gatewayGap = millis(10);
/** Silence between two frames: 3.5 characters of 11 bits, 1.75 ms above 19200 baud (MODBUS over Serial Line V1.02, 2.5.1.1). */
const toGap = (baudRate: number): Millis => millis(baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / baudRate);

const toQuiet = ({ transport, answerTimeoutMs }: BusSpec): Millis => millis(transport.kind === 'tcp' ? 0 : 2 * answerTimeoutMs);

/** How long a dial may take: a line of RTU is opened only after it has been quiet, and may be disturbed meanwhile. */
export const toConnectTimeout = (bus: BusSpec): Millis => millis(bus.connectTimeoutMs + 2 * toQuiet(bus));

/** How a bus is dialled, by its transport. */
export const createDial = (bus: BusSpec, scheduler: SchedulerLike): DialLink => {
  const { transport } = bus;
  switch (transport.kind) {
    case 'tcp':
      return createMbapDial(createTcpWire(transport));
    case 'rtu-over-tcp':
      return createRtuDial(createTcpWire(transport), { quietMs: toQuiet(bus), gapMs: gatewayGap, scheduler });
    case 'rtu':
      return createRtuDial(createSerialWire(transport), { quietMs: toQuiet(bus), gapMs: toGap(transport.baudRate), scheduler });
  }
};
