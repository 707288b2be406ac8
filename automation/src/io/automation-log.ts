/** Writes one line of a log: fields for programs, a text for people. */
type WriteLine = (fields: object, text: string) => void;

/** What an automation service logs with. A logger of pino is one. */
export type AutomationLog = {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  readonly fatal: WriteLine;
};
