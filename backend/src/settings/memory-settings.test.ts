import { createMemorySettings } from './memory-settings.ts';
import { describeSettings } from './settings-contract.ts';

describeSettings('memory', () => Promise.resolve(createMemorySettings()));
