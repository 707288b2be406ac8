export { createPhloem } from './io/create-phloem.ts';
export type { AskOptions, Phloem, PointReading, RequestOptions } from './io/phloem.ts';
export type { PhloemClock, PhloemLog, PhloemOptions } from './io/phloem-options.ts';
export { isFault, type Fault, type FaultCode } from '@phloem/protocol';
