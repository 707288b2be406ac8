import { toCsvPage } from '../export-csv.ts';
import type { History, HistoryClient } from '../history.ts';
import { createMemoryHistory } from '../memory-history.ts';

/** A history in memory, asked as the hub asks the one in its thread. */
export const createMemoryClient = (history: History = createMemoryHistory()): HistoryClient => ({
  pointHistory: async (query) => history.pointHistory(query),
  samples: async (query) => history.samples(query),
  timeline: async (query) => history.timeline(query),
  marks: async (query) => history.marks(query),
  importPast: async (past) => history.importPast(past),
  simulatedReach: async () => history.simulatedReach(),
  csv: (query) => toCsvPage(history, query),
});
