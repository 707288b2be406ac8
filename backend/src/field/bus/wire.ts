/** What a stream of bytes reports. `lost` is the last; after `end` nothing more is reported. */
export type WireSignal =
  | { readonly kind: 'opened' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'lost'; readonly why: string };

/** A stream of bytes to a bus, from its opening to its end: a socket, a serial line, or the wire of a test. */
export interface Wire {
  write(bytes: Uint8Array): void;
  /** Drops it now, without waiting for the peer. */
  end(): void;
}

/** Begins to open a new wire. */
export type OpenWire = (tell: (signal: WireSignal) => void) => Wire;
