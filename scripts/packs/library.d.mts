export {
  createPhloem,
  isFault,
  type AskOptions,
  type Fault,
  type FaultCode,
  type Phloem,
  type PhloemClock,
  type PhloemLog,
  type PhloemOptions,
  type PointReading,
  type RequestOptions,
} from '@phloem/embed';
