// An automation service as a process of its own.
export { runAutomationProcess, type AutomationDecorators } from './io/automation-process.ts';
