// Choosing a photo of the library: all of them as one scrolls, or those that a word finds.
import { debounce, h } from '../dom.js';
import { get, query } from '../api.js';
import { openDialog } from '../shell/dialog.js';
import { failed } from '../shell/toast.js';
import { words } from '../words.js';

const PAGE = 60;
const PAUSE_MS = 200;
const AHEAD = 400; // pixels above the end at which the next page is fetched

/** Opens the dialog; `chosen(photo)` gets the card of what was chosen. */
export function choosePhoto(chosen) {
  const list = h('div', { class: 'lab-photos' });
  const said = h('p', { class: 'muted', role: 'status' });
  let asked = 0;
  let next = null;
  const tile = (photo) => {
    const choose = () => {
      dialog.close();
      chosen(photo);
    };
    const image = h('img', { src: photo.thumb, alt: photo.name, loading: 'lazy' });
    return h('button', { type: 'button', title: photo.name, onclick: choose }, image);
  };
  const load = async (after) => {
    const mine = ++asked;
    next = null;
    try {
      const told = await get(`/photos${query({ q: search.value.trim(), limit: PAGE, after })}`);
      if (mine !== asked) return;
      if (!after) list.replaceChildren();
      list.append(...told.photos.filter(({ thumb }) => thumb).map(tile));
      said.textContent = list.childElementCount ? '' : search.value ? words.pick.none : words.pick.empty;
      next = told.next;
    } catch (error) {
      if (mine === asked) failed(error);
    }
  };
  const again = debounce(PAUSE_MS, () => load());
  const search = h('input', {
    type: 'search',
    class: 'field',
    'aria-label': words.pick.find,
    placeholder: words.pick.find,
    oninput: again,
    autofocus: true,
  });
  const scrolled = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) =>
    next && scrollTop + clientHeight > scrollHeight - AHEAD && load(next);
  const box = h('div', { class: 'lab-picker', onscroll: scrolled }, list, said);
  const dialog = openDialog(words.pick.title, h('div', {}, search, box), { width: 720 });
  load();
}
