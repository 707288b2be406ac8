/** The kinds of databases. */
export type Engine = 'postgresql' | 'mariadb' | 'sqlite';

/** A table or column as the engine takes it: `public.sensor_data` is a table of a schema. */
export const quoteName = (engine: Engine, name: string): string => {
  const quote = engine === 'mariadb' ? '`' : '"';
  return name
    .split('.')
    .map((part) => `${quote}${part.replaceAll(quote, quote + quote)}${quote}`)
    .join('.');
};

/** The placeholder of a parameter, which are counted from 1. */
export const toPlaceholder = (engine: Engine, n: number): string => (engine === 'postgresql' ? `$${n}` : '?');
