// Fakes for tests of other packages.
export { createFakeDesk, toFakeTransaction } from './field/testing/fake-desk.ts';
