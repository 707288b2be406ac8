// An automation service as a process of its own.
export { runAutomationProcess } from './io/automation-process.ts';
export type { AutomationDecorators } from './io/open-automation.ts';
