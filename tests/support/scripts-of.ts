/** The scripts of a component, each on the lines where it stands; a source that is no component is one. */
export const scriptsOf = (path: string, source: string): readonly string[] =>
  path.endsWith('.svelte')
    ? [...source.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/g)].map(
        ({ index, 1: opening = '', 2: script = '' }) =>
          '\n'.repeat(source.slice(0, index + opening.length).split('\n').length - 1) + script,
      )
    : [source];
