// Numbers, sizes, times and dates in the reader's own way.

const locale = navigator.languages ?? 'en';
const whole = new Intl.NumberFormat(locale);
const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(locale, { style: 'percent' });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export const number = (n) => whole.format(n);
export const percent = (fraction) => share.format(fraction);
/** Capitalised, as a name begins a sentence. */
export const named = (name) => name.charAt(0).toUpperCase() + name.slice(1);
export const plural = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`;

export function bytes(n) {
  let unit = 0;
  for (; n >= 1000 && unit < UNITS.length - 1; unit += 1) n /= 1000;
  return `${unit < 2 ? whole.format(Math.round(n)) : tenth.format(n)} ${UNITS[unit]}`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const dayOf = new Intl.DateTimeFormat(locale, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const shortDayOf = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
const monthOf = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' });
const DAY = /^\d{4}-\d\d-\d\d$/;

/** The heading of a section: a day in the reader's words, or what the server calls it. */
export const sectionLabel = ({ key, label }, short = false) =>
  DAY.test(key) ? (short ? shortDayOf : dayOf).format(new Date(`${key}T00:00Z`)) : label;
export const monthLabel = ({ key, label }) => (DAY.test(key) ? monthOf.format(new Date(`${key}T00:00Z`)) : label);

export const dateTime = (iso) => (iso ? moment.format(new Date(iso)) : '');
/** The time alone when it was today. */
export const when = (iso) =>
  iso && new Date(iso).toDateString() === new Date().toDateString() ? clock.format(new Date(iso)) : dateTime(iso);
