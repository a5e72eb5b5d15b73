// Mouse and touch on the grid: click, shift-click, tick, long press, drag box, day heading.
import { h } from '../dom.js';

const STEADY_PX = 6;
const LONG_PRESS_MS = 450;
const EDGE_PX = 48;

export function startPointer({ grid, selection, open, range }) {
  const { scroller, sheet } = grid;
  const box = sheet.appendChild(h('div', { class: 'marquee', hidden: true, 'aria-hidden': 'true' }));
  let drag = null;
  let swallow = false;
  let press = 0;

  const point = (event) => {
    const edge = sheet.getBoundingClientRect();
    return { x: event.clientX - edge.left, y: event.clientY - edge.top };
  };

  const stretch = () => {
    const now = point(drag.event);
    const left = Math.min(drag.x, now.x);
    const top = Math.min(drag.y, now.y);
    const right = Math.max(drag.x, now.x);
    const bottom = Math.max(drag.y, now.y);
    Object.assign(box.style, {
      transform: `translate(${left}px, ${top}px)`,
      width: `${right - left}px`,
      height: `${bottom - top}px`,
    });
    const hits = grid.within({ left, top, right, bottom });
    selection.replace(new Set([...drag.before, ...hits]));
  };

  const roll = () => {
    if (!drag?.moving) return;
    const edge = scroller.getBoundingClientRect();
    const { clientY } = drag.event;
    const by =
      clientY < edge.top + EDGE_PX
        ? clientY - edge.top - EDGE_PX
        : clientY > edge.bottom - EDGE_PX
          ? clientY - edge.bottom + EDGE_PX
          : 0;
    if (by) {
      scroller.scrollTop += by / 3;
      stretch();
    }
    drag.frame = requestAnimationFrame(roll);
  };

  const down = (event) => {
    if (event.button !== 0 || event.target.closest('button')) return;
    if (event.pointerType !== 'mouse') {
      const cell = event.target.closest('.cell');
      if (!cell) return;
      clearTimeout(press);
      press = setTimeout(() => {
        swallow = true;
        navigator.vibrate?.(8);
        selection.anchor = Number(cell.dataset.index);
        selection.toggle(grid.library.at(selection.anchor).id);
      }, LONG_PRESS_MS);
      return;
    }
    if (event.offsetX > scroller.clientWidth) return;
    drag = {
      ...point(event),
      event,
      moving: false,
      before: event.shiftKey || event.ctrlKey || event.metaKey ? [...selection.ids] : [],
    };
  };
  const move = (event) => {
    if (!drag) return;
    drag.event = event;
    if (!drag.moving) {
      const now = point(event);
      if (Math.hypot(now.x - drag.x, now.y - drag.y) < STEADY_PX) return;
      drag.moving = true;
      box.hidden = false;
      scroller.setPointerCapture(event.pointerId);
      drag.frame = requestAnimationFrame(roll);
    }
    stretch();
  };
  const up = () => {
    clearTimeout(press);
    if (drag?.moving) {
      swallow = true;
      setTimeout(() => {
        swallow = false;
      }, 50);
      cancelAnimationFrame(drag.frame);
      box.hidden = true;
    }
    drag = null;
  };

  const click = (event) => {
    if (swallow) {
      swallow = false;
      return;
    }
    const day = event.target.closest('.day-button');
    if (day) return pickDay(Number(day.dataset.section));
    const cell = event.target.closest('.cell');
    if (!cell) {
      if (selection.size(grid.library.total)) selection.clear();
      return;
    }
    const index = Number(cell.dataset.index);
    if (event.shiftKey && selection.anchor >= 0) range(selection.anchor, index);
    else if (
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.target.closest('.tick') ||
      selection.size(grid.library.total)
    ) {
      selection.anchor = index;
      selection.toggle(grid.library.at(index).id);
    } else return open(index);
    grid.focus(index);
  };

  const pickDay = async (number) => {
    const { sections } = grid.library;
    const ids = [];
    for (let part = number; sections[part]?.key === sections[number].key; part += 1) {
      await grid.library.load(sections[part]);
      grid.settle(part);
      ids.push(...sections[part].photos.map((photo) => photo.id));
    }
    selection.anchor = sections[number].start;
    selection.setMany(ids, !ids.every((id) => selection.has(id)));
  };

  scroller.addEventListener('pointerdown', down);
  scroller.addEventListener('pointermove', move);
  scroller.addEventListener('pointerup', up);
  scroller.addEventListener('pointercancel', up);
  scroller.addEventListener('scroll', () => clearTimeout(press), { passive: true });
  scroller.addEventListener('click', click);
  scroller.addEventListener('contextmenu', (event) => {
    if (swallow) event.preventDefault();
  });
}
