import { runAutomationProcess } from '@phloem/automation/process';
import { createAutomationFailpoints } from './automation-failpoints.ts';

// An automation service that can be killed and frozen at named places.
await runAutomationProcess(createAutomationFailpoints());
