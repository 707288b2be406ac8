import { runAutomationProcess } from './io/automation-process.ts';

await runAutomationProcess();
