import type { CommandRecord, HubStore } from '../store/hub-store.ts';

/** Stores a command's next stage; what would break its life is a bug, and stored nowhere (IN8, IN9). */
export function keepCommand(commands: Pick<HubStore['commands'], 'get' | 'put'>, record: CommandRecord): void {
  const before = commands.get(record.id);
  if (before?.stage === 'ended')
    throw new Error(`IN9: ${record.id} has ended as ${before.end}, and cannot become ${record.end ?? record.stage}`);
  if (record.stage === 'intent' && before?.stage === 'intent') throw new Error(`IN8: ${record.id} has its INTENT already`);
  if (record.stage === 'requested' && before !== null) throw new Error(`CO2: ${record.id} was accepted before`);
  if ((record.end !== null) !== (record.stage === 'ended'))
    throw new Error(`IN9: ${record.id} is ${record.stage} and ends as ${record.end}`);
  commands.put(record);
}
