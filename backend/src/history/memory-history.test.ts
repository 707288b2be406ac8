import { describeHistory } from './history-contract.ts';
import { createMemoryHistory } from './memory-history.ts';

describeHistory('a history in memory', () => {
  const history = createMemoryHistory();
  return () => history;
});
