import type { BridgeRecord } from '@phloem/bridge';

/** One message: the same record always makes the same id, so a reader recognises what it has read. */
export type AmqpMessage = { readonly id: string; readonly key: string; readonly type: string; readonly body: string };

/** Pure: what RabbitMQ is given of a record. */
export const toAmqpMessage = (record: BridgeRecord, site: string): AmqpMessage => {
  const { kind, ordinal, epoch, lsn, prev } = record;
  const name = kind === 'entry' ? record.entry.kind : kind;
  return {
    id: `${epoch}:${lsn}`,
    key: `${site}.${toSubject(record) ?? name}`,
    type: `phloem.${name}`,
    body: JSON.stringify({ record: kind, ordinal, epoch, lsn, prev, ...toContent(record) }),
  };
};

/** The two words of what a record is about; null for records about the whole site, which get one word. */
const toSubject = (record: BridgeRecord): string | null => {
  if (record.kind !== 'entry') return null;
  const { entry } = record;
  if (entry.kind === 'sensor') return `${entry.location}.${entry.cluster}`;
  return entry.kind === 'device' ? entry.device.replace('/', '.') : null;
};

const toContent = (record: BridgeRecord): object => {
  switch (record.kind) {
    case 'entry':
      return { entry: record.entry };
    case 'epoch':
      return { end: record.isEndKnown ? record.lsn : null };
    case 'gap':
      return { from: record.from };
    default:
      return record satisfies never;
  }
};
