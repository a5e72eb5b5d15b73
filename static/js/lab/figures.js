// Figures with a few places.
const few = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });

export const number = (value) => few.format(value);
