import { millis, type LineSettings, type Millis } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { BusSpec, BusTransport } from '../../site/site.ts';
import type { UnitQuirks } from '../../site/unit-quirks.ts';
import { toLinkQuirks, toQuietTime, type LinkQuirks } from '../bus-quirks.ts';
import type { DialLink } from '../bus/field-link.ts';
import type { OpenWire } from '../bus/wire.ts';
import { createMbapDial } from './mbap-link.ts';
import { createRtuDial } from './rtu-link.ts';
import { createSerialLine, type OpenLine } from './serial-wire.ts';
import { createTcpWire } from './tcp-wire.ts';

/** Gateways join what comes within some milliseconds into one frame: requests keep this apart. */
const gatewayGap = millis(10);
/** Silence between two frames: 3.5 characters of 11 bits, 1.75 ms above 19200 baud (MODBUS over Serial Line V1.02, 2.5.1.1). */
const toGap = (baudRate: number): Millis => millis(baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / baudRate);

/** How long a bus is left alone after an answer that did not come. */
export const toQuiet = ({ transport, answerTimeoutMs }: BusSpec): Millis =>
  transport.kind === 'tcp' ? millis(0) : toQuietTime({ answerTimeoutMs });

/** How long a dial may take: a line of RTU is opened only after it has been quiet, and may be disturbed meanwhile. */
export const toConnectTimeout = (bus: BusSpec, quirks: readonly UnitQuirks[] = []): Millis => {
  const hasAny = quirks.some(({ bus: id, transactionId }) => id === bus.id && transactionId === 'any');
  return millis(bus.connectTimeoutMs + 2 * (hasAny ? toQuietTime(bus) : toQuiet(bus)));
};

/**
 * Dials a serial line, at its own speed or for one request at another. What is remembered of units that owe an answer is
 * remembered at the line's own speed alone: what they say at another is noise here.
 */
export const createSerialDial = (
  { quietMs, own, quirks }: { readonly quietMs: Millis; readonly own: LineSettings; readonly quirks?: LinkQuirks },
  openLine: OpenLine,
  scheduler: SchedulerLike,
): DialLink => {
  const dialOwn = createRtuDial(openLine(own), { quietMs, gapMs: toGap(own.baudRate), scheduler, ...(quirks && { quirks }) });
  return (tell, trace, how) => {
    if (how === undefined || how.line === null) return dialOwn(tell, trace, how);
    const gapMs = millis(Math.max(toGap(own.baudRate), toGap(how.line.baudRate)));
    return createRtuDial(openLine(how.line), { quietMs, gapMs, scheduler, ...(quirks && { quirks }) })(tell, trace, how);
  };
};

/** Dials Modbus TCP over the wire that `openWire` opens. */
export const createTcpDial = (bus: BusSpec, units: readonly UnitQuirks[], openWire: OpenWire, scheduler: SchedulerLike): DialLink =>
  createMbapDial(openWire, { quirks: toLinkQuirks(bus, units), quietMs: toQuietTime(bus), scheduler });

type Transport<Kind extends BusTransport['kind']> = Extract<BusTransport, { readonly kind: Kind }>;

/** How the bytes of a bus are carried: sockets and serial lines, or the wires of a test. */
export type FieldWires = {
  readonly tcp: (transport: Transport<'tcp'>) => OpenWire;
  readonly gateway: (transport: Transport<'rtu-over-tcp'>) => OpenWire;
  readonly serial: (transport: Transport<'rtu'>) => OpenLine;
};

const realWires: FieldWires = { tcp: createTcpWire, gateway: createTcpWire, serial: createSerialLine };

/** How a bus is dialled, by its transport. */
export const createDial = (
  bus: BusSpec,
  scheduler: SchedulerLike,
  units: readonly UnitQuirks[] = [],
  wires: FieldWires = realWires,
): DialLink => {
  const { transport } = bus;
  const quirks = toLinkQuirks(bus, units);
  switch (transport.kind) {
    case 'tcp':
      return createTcpDial(bus, units, wires.tcp(transport), scheduler);
    case 'rtu-over-tcp':
      return createRtuDial(wires.gateway(transport), { quietMs: toQuiet(bus), gapMs: gatewayGap, scheduler, quirks });
    case 'rtu':
      return createSerialDial({ quietMs: toQuiet(bus), own: transport, quirks }, wires.serial(transport), scheduler);
  }
};
