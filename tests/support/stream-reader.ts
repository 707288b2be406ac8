/** An event that a reader of the stream has received: its id, its kind, and the entry. */
export type StreamEvent = { readonly id: string; readonly event: string; readonly data: Readonly<Record<string, unknown>> };

/** A client of `GET /api/v1/stream` that knows nothing of Phloem but its page: it goes on after the last id, for ever. */
export type StreamReader = AsyncDisposable & {
  readonly events: readonly StreamEvent[];
  /** How often it has connected. */
  connections(): number;
};

export type StreamReaderOptions = { readonly url: string; readonly token: string; readonly silenceMs?: number };

const toField = (line: string): readonly [string, string] => {
  const at = line.indexOf(':');
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trimStart()];
};

/** Reads one block of lines; null for a comment. */
const toEvent = (block: string): StreamEvent | null => {
  const fields = new Map(block.split('\n').map(toField));
  const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
  if (event === undefined || data === undefined) return null;
  return { id: id ?? '', event, data: JSON.parse(data) as StreamEvent['data'] };
};

/** Follows the stream. After `silenceMs` without a byte it gives the connection up; 15 s if omitted, as the page says. */
export const openStreamReader = ({ url, token, silenceMs = 15_000 }: StreamReaderOptions): StreamReader => {
  const events: StreamEvent[] = [];
  const closing = new AbortController();
  let position = '';
  let connections = 0;

  const take = (block: string): void => {
    const event = toEvent(block);
    if (event === null) return;
    if (event.id !== '') position = event.id;
    if (event.event !== 'heartbeat') events.push(event);
  };

  const read = async (): Promise<void> => {
    const silence = new AbortController();
    const giveUp = (): void => silence.abort(new Error('nothing came'));
    let timer = setTimeout(giveUp, silenceMs);
    try {
      const headers = { authorization: `Bearer ${token}`, ...(position !== '' && { 'last-event-id': position }) };
      const answer = await fetch(`${url}/api/v1/stream`, { headers, signal: AbortSignal.any([closing.signal, silence.signal]) });
      if (!answer.ok || answer.body === null) throw new Error(`the stream answered ${answer.status}`);
      connections += 1;
      let rest = '';
      for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, silenceMs);
        const blocks = (rest + text).split('\n\n');
        // A cut may fall into an event: what is not whole is not counted, and comes again.
        rest = blocks.pop() ?? '';
        for (const block of blocks) take(block);
      }
    } finally {
      clearTimeout(timer);
    }
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await read().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = run();
  return {
    events,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await running;
    },
  };
};
