// Fakes for tests of other packages.
export { createFakeBusDiagnostics, toFakeTransaction } from './field/testing/fake-bus-diagnostics.ts';
