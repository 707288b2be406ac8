const restMs = 300;

/** Announces a text once the keys rest, so that a cursor on its way is not read out. Create it while a component is set up. */
export class Announcer {
  said = $state('');
  #wait: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    $effect(() => () => clearTimeout(this.#wait));
  }

  /** Reads the text when the keys rest; null leaves what was said. */
  say(read: () => string | null): void {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => {
      this.said = read() ?? this.said;
    }, restMs);
  }
}
