/** The ids that a field of the editor names: whole ids, or what they begin with, separated by commas. Empty selects all. */
export const parseSelection = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim().replace(/\/+$/, ''))
    .filter((part) => part !== '');

/** Claims that the selection is empty, or has the id or a folder of it: `flower_room` selects `flower_room/front/humidity`. */
export const isSelected = (selection: readonly string[], id: string): boolean =>
  selection.length === 0 || selection.some((part) => id === part || id.startsWith(`${part}/`));
