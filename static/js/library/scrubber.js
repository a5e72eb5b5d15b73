// Dates at the right edge: shows where one is, drags to where one wants to be.
import { h } from '../dom.js';
import { monthLabel, sectionLabel } from '../format.js';

const LABEL_PX = 22;

/** Year of a section's key when the library is sorted by date; otherwise the key itself. */
const yearOf = (section) => (/^\d{4}-/.test(section.key) ? section.key.slice(0, 4) : short(section.label));
const short = (label) => label.replace(/^(\d+)–.*/, '$1 %');

export function startScrubber(element, grid) {
  const thumb = h('div', { class: 'scrub-thumb' });
  const bubble = h('div', { class: 'scrub-bubble', hidden: true });
  const marks = h('div', { class: 'scrub-marks' });
  element.replaceChildren(marks, thumb, bubble);
  let dragging = false;

  const span = () => Math.max(1, grid.scroller.scrollHeight - grid.scroller.clientHeight);
  const draw = () => {
    const { scroller } = grid;
    element.hidden = scroller.scrollHeight <= scroller.clientHeight * 1.5;
    thumb.style.transform = `translateY(${(scroller.scrollTop / span()) * (element.clientHeight - 2)}px)`;
  };

  const layout = () => {
    draw();
    let last = -LABEL_PX;
    let said = '';
    const labels = [];
    const years = new Set(grid.boxes.map((box) => yearOf(box.section)));
    const mark = years.size > 1 ? yearOf : monthLabel;
    for (const box of grid.boxes) {
      const name = mark(box.section);
      const y = (box.top / Math.max(1, grid.height)) * element.clientHeight;
      if (name === said || y - last < LABEL_PX || y > element.clientHeight - 12) continue;
      labels.push(h('span', { style: { transform: `translateY(${y}px)` } }, name));
      last = y;
      said = name;
    }
    marks.replaceChildren(...labels);
  };

  const seek = (event) => {
    const edge = element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientY - edge.top) / edge.height));
    grid.scroller.scrollTop = share * span();
    const box = grid.boxes[grid.boxAt(grid.scroller.scrollTop + 8)];
    bubble.textContent = box ? sectionLabel(box.section) : '';
    bubble.hidden = !bubble.textContent;
    bubble.style.transform = `translateY(${Math.min(edge.height - 28, Math.max(0, event.clientY - edge.top - 14))}px)`;
  };
  element.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    dragging = true;
    element.setPointerCapture(event.pointerId);
    element.classList.add('dragging');
    seek(event);
  });
  element.addEventListener('pointermove', (event) => {
    if (dragging || event.pointerType === 'mouse') {
      if (dragging) seek(event);
    }
  });
  const end = () => {
    dragging = false;
    bubble.hidden = true;
    element.classList.remove('dragging');
  };
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
  grid.scroller.addEventListener('scroll', draw, { passive: true });
  return { layout };
}
