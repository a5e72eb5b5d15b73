// Where everything lies: sections of known photos measured, those not yet asked for estimated.
import { cells, clampAspect, estimate, justify } from './layout.js';

const HEAD = 44;
const FOOT = 12;
const BETWEEN = 20;
const NARROWEST = 132;

export class Geometry {
  boxes = [];
  width = 0;
  height = 0;

  /** Lays out all sections of a library for a sheet of this width in CSS pixels. */
  layout(library, width) {
    this.library = library;
    this.width = width;
    this.gap = width < 700 ? 2 : 4;
    this.target = width < 500 ? 116 : width < 1000 ? 172 : 212;
    this.boxes = library.sections.map((section) => this.measure(section));
    this.stack();
  }

  measure(section) {
    const aspects = section.photos.map(clampAspect);
    const whole = section.photos.length < section.count || section.foot;
    const { rows, height } = justify(aspects, this.width, this.target, this.gap, whole);
    const rest = section.stale ? 0 : section.count - section.photos.length;
    const known = aspects.reduce((sum, aspect) => sum + aspect, 0);
    const guess = estimate(rest, Math.max(section.aspect - known, rest * 0.5), this.width, this.target, this.gap);
    const lone = rows.length + guess.rows === 1 && section.head && section.foot;
    const head = section.head ? HEAD : 0;
    const natural = Math.max(section.aspect, known) * this.target + this.gap * (section.count - 1);
    const width = lone ? Math.min(this.width, Math.max(NARROWEST, Math.ceil(natural))) : this.width;
    return {
      section,
      aspects,
      rows,
      known: height,
      guess,
      lone,
      width,
      x: 0,
      head,
      height: head + height + guess.height + (section.foot ? FOOT : 0),
    };
  }

  /** Puts the sections under one another, and those of one short row beside one another. */
  stack() {
    let top = 0;
    let rows = 0;
    let before = null;
    this.boxes.forEach((box, number) => {
      const x = before ? before.x + before.width + BETWEEN : 0;
      const beside = before && box.lone && x + box.width <= this.width;
      if (before && !beside) top += before.tall;
      Object.assign(box, {
        top,
        number,
        firstRow: rows,
        x: beside ? x : 0,
        tall: beside ? Math.max(before.tall, box.height) : box.height,
      });
      rows += (box.head ? 1 : 0) + box.rows.length + box.guess.rows;
      before = box.lone ? box : null;
      if (!before) top += box.height;
    });
    this.height = top + (before ? before.tall : 0);
    this.rowCount = rows;
  }

  boxAt(y) {
    let low = 0;
    let high = this.boxes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.boxes[middle].top <= y) low = middle;
      else high = middle - 1;
    }
    while (low > 0 && this.boxes[low - 1].top === this.boxes[low].top) low -= 1;
    return Math.max(0, low);
  }

  /** Where a photo lies: its row, left edge and width; undefined while it is not known. */
  place(index) {
    const where = this.library.locate(index);
    const box = where && this.boxes[where.number];
    const i = box?.rows.findIndex(({ from, to }) => where.offset >= from && where.offset < to) ?? -1;
    if (i < 0) return undefined;
    const row = box.rows[i];
    const cell = cells(row, box.aspects, this.gap)[where.offset - row.from];
    return { box, row, i, top: box.top + box.head + row.y, x: box.x + cell.x, width: cell.width };
  }

  /** Photos whose tiles meet a rectangle in sheet coordinates. */
  within({ left, top, right, bottom }) {
    const hits = [];
    for (let number = this.boxAt(top); number < this.boxes.length && this.boxes[number].top < bottom; number += 1) {
      const box = this.boxes[number];
      for (const row of box.rows) {
        const y = box.top + box.head + row.y;
        if (y > bottom || y + row.height < top) continue;
        cells(row, box.aspects, this.gap).forEach(({ x, width }, i) => {
          if (box.x + x < right && box.x + x + width > left) hits.push(box.section.photos[row.from + i].id);
        });
      }
    }
    return hits;
  }
}
