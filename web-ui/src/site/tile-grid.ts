/** How many columns so many rooms take where there is width enough: as square as a wide screen lets them be. */
export const toColumns = (rooms: number): 1 | 2 | 3 | 4 => {
  if (rooms <= 1) return 1;
  if (rooms === 2 || rooms === 4) return 2;
  return rooms <= 6 || rooms === 9 ? 3 : 4;
};
