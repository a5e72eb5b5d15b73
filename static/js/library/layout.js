// Justified rows: every row fills the width, at heights near the one aimed at.

const NARROWEST = 0.45;
const WIDEST = 3.2;

export const clampAspect = (photo) =>
  Math.min(WIDEST, Math.max(NARROWEST, photo.w && photo.h ? photo.w / photo.h : 1.5));

/**
 * Rows {from, to, y, height, unit} of photos with these aspects; `width`, `target`, `gap` in CSS pixels.
 * Without `whole` more photos follow in a box of their own: the last row is full, too.
 */
export function justify(aspects, width, target, gap, whole = true) {
  const rows = [];
  let from = 0;
  let sum = 0;
  let y = 0;
  // `unit` is the exact height: edges follow from it, so that all full rows end at the same pixel.
  const close = (to, total, unit) => {
    const height = Math.round(unit);
    rows.push({ from, to, y, height, unit });
    y += height + gap;
    from = to;
  };
  const fit = (count, total) => (width - gap * (count - 1)) / total;
  for (let i = 0; i < aspects.length; i += 1) {
    const before = sum;
    sum += aspects[i];
    const height = fit(i - from + 1, sum);
    if (height > target) continue;
    const without = i > from ? fit(i - from, before) : Infinity;
    if (without - target < target - height) {
      close(i, before, without);
      sum = aspects[i];
      if (fit(1, sum) <= target) {
        close(i + 1, sum, fit(1, sum));
        sum = 0;
      }
    } else {
      close(i + 1, sum, height);
      sum = 0;
    }
  }
  if (from < aspects.length && !whole) {
    if (rows.length && fit(aspects.length - from, sum) > target * 1.5) {
      const last = rows.pop();
      ({ from, y } = last);
      sum += aspects.slice(last.from, last.to).reduce((all, aspect) => all + aspect, 0);
    }
    close(aspects.length, sum, fit(aspects.length - from, sum));
  }
  if (from < aspects.length) close(aspects.length, sum, Math.min(target, fit(aspects.length - from, sum)));
  return { rows, height: y };
}

/** Left edges and widths of the photos of a row, whole pixels without a gap or overlap. */
export function cells(row, aspects, gap) {
  const out = [];
  let x = 0;
  for (let i = row.from; i < row.to; i += 1) {
    const next = x + aspects[i] * row.unit;
    out.push({ x: Math.round(x + (i - row.from) * gap), width: Math.round(next) - Math.round(x) });
    x = next;
  }
  return out;
}

/** What `count` photos with this sum of aspects will need, before any of them is known. */
export function estimate(count, aspect, width, target, gap) {
  if (!count) return { rows: 0, height: 0 };
  const mean = aspect > 0 ? aspect / count : 1.5;
  const rows = Math.max(1, Math.round((count * mean * target) / width));
  return { rows, height: rows * (target + gap) };
}
