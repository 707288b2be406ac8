// An automation service in the process of its hub, or in a thread of it.
export {
  openAutomation,
  type Automation,
  type AutomationDecorators,
  type AutomationEnd,
  type OpenAutomationOptions,
} from './io/open-automation.ts';
export { openAutomationThread, type OpenAutomationThreadOptions } from './io/open-automation-thread.ts';
export type { AutomationLog } from './io/automation-log.ts';
export { readAnswer, type AskHub } from './io/ask-hub.ts';
