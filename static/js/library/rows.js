// The elements of the grid: a row of photos, the heading of a section.
import { h, icon } from '../dom.js';
import { number, sectionLabel } from '../format.js';
import { words } from '../words.js';

function blankCell() {
  const image = h('img', { alt: '', decoding: 'async', draggable: false });
  image.addEventListener('load', () => image.classList.add('loaded'));
  image.addEventListener('error', () => image.classList.remove('loaded'));
  return h(
    'div',
    { class: 'cell', role: 'gridcell', tabIndex: -1 },
    image,
    h('span', { class: 'cell-note clip' }),
    h('span', { class: 'tick', 'aria-hidden': 'true' }, icon('check')),
  );
}

export function blankRow() {
  return h('div', { class: 'row', role: 'row' });
}

export function blankHeading() {
  return h(
    'div',
    { class: 'day', role: 'row' },
    h(
      'div',
      { class: 'day-cell', role: 'gridcell' },
      h(
        'button',
        { type: 'button', class: 'day-button', 'aria-pressed': 'false', tabIndex: -1 },
        h('span', { class: 'tick' }, icon('check')),
        h('span', { class: 'day-label clip' }),
        ' ',
        h('span', { class: 'day-count muted' }),
        h('span', { class: 'said' }),
      ),
    ),
  );
}

export function fillHeading(element, { section, firstRow, lone, number: place }, selection) {
  element.setAttribute('aria-rowindex', firstRow + 1);
  const button = element.firstChild.firstChild;
  const [, label, count, said] = button.children;
  button.title = sectionLabel(section);
  label.textContent = sectionLabel(section, lone);
  count.textContent = number(section.all);
  said.textContent = words.library.selectDay(section.all);
  button.dataset.section = place;
  const known = section.photos.length;
  const all = selection.all
    ? selection.ids.size === 0
    : known === section.count && known > 0 && section.photos.every((photo) => selection.has(photo.id));
  button.setAttribute('aria-pressed', String(all));
}

/** Name, state and number of tags in words, for those who do not see the photo. */
function describe(photo) {
  const bits = [photo.name];
  if (photo.stack) bits.push(words.library.stack(photo.name));
  if (photo.state === 'failed') bits.push(`${words.states.failed}: ${photo.reason ?? ''}`);
  else if (photo.to_review) bits.push(words.library.toReview(number(photo.to_review)));
  else if (photo.state === 'new') bits.push(words.states.new);
  return bits.join(', ');
}

function noteOf(photo) {
  if (photo.state === 'failed') {
    const reason = photo.reason || words.states.failed;
    return reason.startsWith(photo.name) ? reason : `${photo.name}: ${reason}`;
  }
  return photo.thumb ? '' : photo.name;
}

export function fillRow(element, { box, row, number: place, cells, focused, selection }) {
  element.setAttribute('aria-rowindex', box.firstRow + place + (box.head ? 2 : 1));
  element.style.height = `${row.height}px`;
  const { section } = box;
  while (element.children.length < cells.length) element.append(blankCell());
  while (element.children.length > cells.length) element.lastChild.remove();
  [...element.children].forEach((cell, i) => {
    const photo = section.photos[row.from + i];
    const index = section.start + row.from + i;
    cell.style.left = `${cells[i].x}px`;
    cell.style.width = `${cells[i].width}px`;
    cell.dataset.index = index;
    cell.dataset.id = photo.id;
    cell.setAttribute('aria-colindex', i + 1);
    cell.setAttribute('aria-label', describe(photo));
    cell.setAttribute('aria-selected', String(selection.has(photo.id)));
    cell.tabIndex = index === (focused < 0 ? 0 : focused) ? 0 : -1;
    cell.dataset.state = photo.state;
    cell.title = photo.name;
    cell.dataset.stack = photo.stack ? words.library.stack(photo.name) : '';
    const [image, note] = cell.children;
    note.textContent = noteOf(photo);
    note.hidden = !note.textContent;
    const plain = photo.placeholder ? `url("${photo.placeholder}")` : '';
    if (cell.plain !== plain) cell.style.backgroundImage = cell.plain = plain;
    cell.thumb = photo.thumb;
    if (image.getAttribute('src') !== photo.thumb) {
      image.classList.remove('loaded');
      image.removeAttribute('src');
    }
  });
}

/** Asks for the pictures of a row; left out while the page flies past. */
export function paintRow(element) {
  for (const cell of element.children) {
    if (!cell.thumb) continue;
    const image = cell.firstChild;
    if (image.getAttribute('src') !== cell.thumb) image.src = cell.thumb;
  }
}
