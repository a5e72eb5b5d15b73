// The library page: filter, grid, selection and lightbox together.
import { $, button, debounce, h, setIcon } from '../dom.js';
import { pathOf } from '../place.js';
import { post } from '../api.js';
import { on } from '../bus.js';
import { number, plural } from '../format.js';
import { words } from '../words.js';
import { address, setTitle, visit } from '../shell/router.js';
import { bindKeys } from '../shell/keys.js';
import { failed, say } from '../shell/toast.js';
import { expectWork, latest } from '../shell/progress.js';
import { startBar } from './bar.js';
import { filterPath, readFilter, readSort, setCurrent, turned } from './filter.js';
import { Grid } from './grid.js';
import { gridKeys } from './keyboard.js';
import { startPointer } from './pointer.js';
import { startRail } from './rail.js';
import { startScrubber } from './scrubber.js';
import { Selection } from './selection.js';
import { Library } from './store.js';

const PHOTO = /^\/photo\/(\d+)$/;
const REFRESH_MS = 1200;

export function mount(main) {
  const parts = {
    title: $('.gallery-title', main),
    count: $('.gallery-count', main),
    chips: $('.gallery-head .chips', main),
    frame: $('.grid-frame', main),
    empty: $('.empty', main),
    nothing: $('.nothing', main),
    why: $('.nothing p', main),
    sort: $('[name=sort]', main),
    order: $('[data-do=order]', main),
  };
  let filter = {};
  let sort = { sort: 'date', order: 'desc' };
  let lightbox = null;
  let pushed = false;
  let asking = new AbortController();

  const selection = new Selection(() => {
    bar.draw();
    grid.repaint();
    main.classList.toggle('selecting', selection.size(grid.library?.total ?? 0) > 0);
  });
  const grid = new Grid($('.grid', main), $('.grid-sheet', main), selection);
  const bar = startBar($('.selection-bar', main), { grid, selection, filter: () => filter });
  const rail = startRail($('.rail', main), $('[data-do=rail]', main));
  const scrubber = startScrubber($('.scrubber', main), grid);

  /** Selects everything between two places, loading what lies between. */
  const range = async (from, to) => {
    const [low, high] = from < to ? [from, to] : [to, from];
    const ids = [];
    for (let i = low; i <= high; i += 1) {
      const photo = grid.library.at(i) ?? (await grid.library.fetch(i));
      if (photo) ids.push(photo.id);
    }
    selection.anchor = from;
    selection.replace(ids);
  };

  const pageTitle = () => `${filter.q ?? words.library.title} · Proofsheet`;
  const photoPath = (id) => filterPath(filter, sort, `/photo/${id}`);

  const open = async (index) => {
    const photo = grid.library.at(index) ?? (await grid.library.fetch(index));
    if (!photo) return;
    pushed = !lightbox;
    address(photoPath(photo.id), { replace: Boolean(lightbox) });
    showPhoto(photo.id);
  };

  const showPhoto = async (id) => {
    try {
      const { openLightbox } = await import('../photo/lightbox.js');
      if (lightbox) return lightbox.go(id);
      lightbox = await openLightbox({
        library: grid.library,
        id,
        filter,
        moved: (photo) => {
          address(photoPath(photo.id), { replace: true });
          setTitle(`${photo.name} · Proofsheet`);
        },
        changed: (card) => {
          grid.library.replace(card);
          grid.repaint();
        },
        closed: (index) => {
          lightbox = null;
          setTitle(pageTitle());
          if (PHOTO.test(pathOf(location))) {
            if (pushed) history.back();
            else address(filterPath(filter, sort), { replace: true });
          }
          pushed = false;
          if (index >= 0) grid.focus(index);
        },
      });
    } catch (error) {
      failed(error);
      address(filterPath(filter, sort), { replace: true });
    }
    return undefined;
  };

  const chip = (label, path) =>
    h('a', { class: 'chip', href: path, title: words.library.dropFilter }, h('span', { class: 'clip' }, label), '×');

  const drawChips = () => {
    const chips = Object.entries(filter).flatMap(([key, value]) =>
      [value].flat().map((one) => chip(words.library.chip(key, one), filterPath(turned(filter, key, one), sort))),
    );
    parts.chips.replaceChildren(...chips);
  };

  const drawHead = () => {
    const { total } = grid.library;
    parts.count.textContent = plural(total, words.photo, words.photos);
    drawChips();
    parts.title.textContent = filter.state === 'trash' ? words.states.trash : words.library.title;
    const filtered = Object.keys(filter).length > 0;
    const busy = latest && latest.uploading + latest.waiting + latest.running > 0;
    parts.empty.hidden = total > 0 || filtered || busy;
    main.classList.toggle('bare', !parts.empty.hidden);
    parts.nothing.hidden = total > 0 || !filtered;
    parts.why.textContent = words.library.noMatch;
    parts.frame.hidden = total === 0;
    parts.sort.value = sort.sort;
    setIcon(parts.order, sort.order === 'asc' ? 'arrow-up' : 'arrow-down');
    setCurrent({ filter, total, bar: bar.download });
    bar.draw();
  };

  /** A search that makes no sense: the server says why, in the place of the photos. */
  const drawRefused = (message) => {
    parts.frame.hidden = parts.empty.hidden = true;
    parts.nothing.hidden = false;
    parts.why.textContent = message;
    parts.count.textContent = '';
    drawChips();
  };

  const load = async () => {
    asking.abort();
    asking = new AbortController();
    const library = new Library({ ...filter, ...sort });
    main.setAttribute('aria-busy', 'true');
    try {
      await library.open(asking.signal);
      grid.show(library);
      drawHead();
      grid.relayout();
      scrubber.layout();
      say(plural(library.total, words.photo, words.photos));
    } catch (error) {
      if (error.status === 400) drawRefused(error.message);
      else failed(error);
    }
    main.removeAttribute('aria-busy');
  };

  const refresh = debounce(REFRESH_MS / 4, async () => {
    if (!grid.library) return;
    try {
      const first = grid.firstVisible();
      const moved = grid.scroller.scrollTop > 0;
      const id = grid.library.at(first)?.id;
      await grid.library.open(asking.signal);
      drawHead();
      grid.relayout();
      scrubber.layout();
      const now = moved && id ? grid.library.indexOf(id) : -1;
      if (now >= 0 && now !== first) grid.reveal(now, 'start');
      rail.refresh();
    } catch (error) {
      failed(error);
    }
  });

  const navigate = (url) => {
    const match = PHOTO.exec(pathOf(url));
    if (pathOf(url) !== '/' && !match) return false;
    const nextFilter = readFilter(url.search);
    const nextSort = readSort(url.search);
    const same = JSON.stringify([nextFilter, nextSort]) === JSON.stringify([filter, sort]) && grid.library;
    filter = nextFilter;
    sort = nextSort;
    if (!match) lightbox?.close();
    setTitle(pageTitle());
    const ready = same ? Promise.resolve() : load();
    if (!same) {
      rail.show(filter, sort, ready);
      selection.clear();
      $('#search').value = filter.q ?? '';
    }
    if (match) ready.then(() => showPhoto(Number(match[1])));
    return true;
  };

  parts.sort.addEventListener('change', () =>
    visit(filterPath(filter, { sort: parts.sort.value, order: parts.sort.value === 'date' ? 'desc' : 'asc' })),
  );
  parts.order.addEventListener('click', () =>
    visit(filterPath(filter, { ...sort, order: sort.order === 'asc' ? 'desc' : 'asc' })),
  );
  $('[data-do=demo]', main).addEventListener('click', async (event) => {
    event.currentTarget.disabled = true;
    try {
      await post('/demo');
      expectWork(true);
      setTimeout(() => expectWork(false), 5000);
    } catch (error) {
      failed(error);
    }
  });
  startPointer({ grid, selection, open, range });
  grid.onview = () => {};

  const unbind = bindKeys(gridKeys({ grid, selection, open, range, bar }));
  let figures = '';
  let last = 0;
  const stops = [
    on('library', refresh),
    on('progress', (progress) => {
      if (!progress) return;
      const fresh = [progress.done, progress.failed, progress.total, progress.waiting].join();
      if (fresh === figures || Date.now() - last < REFRESH_MS) return;
      const first = figures === '';
      figures = fresh;
      last = Date.now();
      if (!first) refresh();
    }),
  ];
  const resized = new ResizeObserver(debounce(150, () => scrubber.layout()));
  resized.observe(parts.frame);
  navigate(new URL(location.href));

  return {
    navigate,
    unmount() {
      asking.abort();
      unbind();
      stops.forEach((stop) => stop());
      resized.disconnect();
      lightbox?.close();
      grid.end();
      setCurrent(null);
    },
  };
}
