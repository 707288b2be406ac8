import type { BridgeRecord } from '@phloem/bridge';
import { toIsoText } from '@phloem/protocol';

/** One webhook: the same record always makes the same id, so a receiver recognises what it has received. */
export type Webhook = { readonly id: string; readonly type: string; readonly body: string };

/** Pure: a record in the form of Standard Webhooks. `now` dates what is no entry, in milliseconds since 1970. */
export const toWebhook = (record: BridgeRecord, now: number): Webhook => {
  const { kind, epoch, lsn, prev } = record;
  const type = `phloem.${kind === 'entry' ? record.entry.kind : kind}`;
  const timestamp = toIsoText(kind === 'entry' ? record.entry.at : now);
  const data = { epoch, lsn, prev, ...toContent(record) };
  return { id: `${epoch}.${lsn}`, type, body: JSON.stringify({ type, timestamp, data }) };
};

const toContent = (record: BridgeRecord): object => {
  switch (record.kind) {
    case 'entry':
      return { entry: record.entry };
    case 'epoch':
      return { isEndKnown: record.isEndKnown };
    case 'gap':
      return { from: record.from };
    default:
      return record satisfies never;
  }
};
