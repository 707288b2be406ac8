/** What a process that simulated a past reports when it is done; `cpuMs` is its processor time. */
export type PastFilled = { readonly hours: number; readonly samples: number; readonly spans: number; readonly cpuMs: number };
