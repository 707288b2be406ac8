export { createFakeNetwork, epochA, epochB, type FakeConnection, type FakeNetwork, toWelcome } from './fake-network.ts';
export { ModelHub, type ModelLog } from './model-hub.ts';
export { fromNextYear, novelty, noveltyKind, type SentMessage, toNextYear, toNextYearEntry, widen } from './next-year.ts';
