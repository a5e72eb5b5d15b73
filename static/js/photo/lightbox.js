// One photo on a neutral ground, its facts beside it; next and previous follow the filter one came from.
import PhotoSwipe from '../../vendor/photoswipe/photoswipe.js';
import { $, button, h, narrow, typing } from '../dom.js';
import { words } from '../words.js';
import { get } from '../api.js';
import { bindKeys } from '../shell/keys.js';
import { failed, say, undo } from '../shell/toast.js';
import { showSheet } from '../export/sheet.js';
import { Boxes } from './boxes.js';
import { Panel } from './panel.js';
import { sharpen } from './sharpen.js';

const NEIGHBOURS = [1, 2];

/** Finds the photo's place in the library: known, or else looked for section by section of its own day. */
async function placeOf(library, id) {
  const known = library.indexOf(id);
  if (known >= 0) return { index: known, alone: null };
  const detail = await get(`/photos/${id}`);
  const day = library.sections.find((section) => detail.taken?.startsWith(section.key));
  if (day) {
    await library.load(day);
    const found = library.indexOf(id);
    if (found >= 0) return { index: found, alone: null };
  }
  return { index: 0, alone: detail };
}

/** A slide of words. PhotoSwipe takes markup: made by the DOM from text, so that a file's name stays text. */
const note = (text, kind = '') => ({ type: 'html', html: h('p', { class: `pswp-wait ${kind}` }, text).outerHTML });

function slide(photo) {
  if (!photo) return note(words.view.loading);
  if (photo.state === 'failed' && !photo.thumb)
    return note(words.view.failed(photo.name, photo.reason ?? ''), 'failure');
  if (!photo.thumb) return note(words.view.noPicture);
  return {
    src: photo.thumb.replace('/thumb?', '/preview?'),
    full: photo.full,
    msrc: photo.thumb ?? undefined,
    width: photo.w,
    height: photo.h,
    alt: photo.name,
    id: photo.id,
    name: photo.name,
  };
}

function frame() {
  const stage = h('div', { class: 'stage' });
  const panel = h('aside', { class: 'panel', 'aria-label': words.view.details });
  const dialog = h('dialog', { class: 'photo-view', tabIndex: -1, 'aria-label': words.view.title }, stage, panel);
  return { dialog, stage, panel };
}

/** Opens the lightbox. `moved(photo)`, `changed(card)` and `closed(index)` tell the library. */
export async function openLightbox({ library, id, moved, changed, closed }) {
  const { index: first, alone } = await placeOf(library, id);
  const { dialog, stage, panel: aside } = frame();
  const photoAt = (index) => (alone ? alone : library.at(index));
  document.body.append(dialog);
  dialog.showModal();
  if (narrow()) dialog.classList.add('panel-shut');

  const pswp = new PhotoSwipe({
    appendToEl: stage,
    index: first,
    loop: false,
    bgOpacity: 1,
    paddingFn: ({ x }) => {
      const rim = x > 700 ? 16 : 0;
      return { top: rim, bottom: rim, left: rim, right: rim };
    },
    preload: NEIGHBOURS,
    wheelToZoom: true,
    trapFocus: false,
    returnFocus: false,
    escKey: false,
    arrowKeys: false,
    close: false,
    zoom: false,
    counter: false,
    showHideAnimationType: 'none',
    secondaryZoomLevel: 1,
    maxZoomLevel: 4,
    errorMsg: words.view.noPicture,
    arrowPrevTitle: `${words.view.previous} (←)`,
    arrowNextTitle: `${words.view.next} (→)`,
    getViewportSizeFn: () => ({ x: stage.clientWidth, y: stage.clientHeight }),
  });
  pswp.addFilter('numItems', () => (alone ? 1 : library.total));
  pswp.addFilter('itemData', (_, index) => slide(photoAt(index)));

  const boxes = new Boxes(pswp);
  const panel = new Panel(aside, {
    shown: (detail) => {
      const photo = current();
      const { w, h: height, thumb, versions } = detail;
      const full = versions.find(({ shown }) => shown)?.file;
      if (
        photo?.id === detail.id &&
        [photo.w, photo.h, photo.thumb, photo.full].join() !== [w, height, thumb, full].join()
      ) {
        Object.assign(photo, { w, h: height, thumb, full });
        pswp.refreshSlideContent(pswp.currIndex);
      }
      boxes.show(detail);
    },
    changed,
    point: (tag) => boxes.point(tag),
  });
  const current = () => photoAt(pswp.currIndex);

  const fetchAround = async (index) => {
    if (alone) return;
    for (const near of [index, index + 1, index - 1, index + 2]) {
      if (near < 0 || near >= library.total || library.at(near)) continue;
      await library.fetch(near);
      if (!closing) pswp.refreshSlideContent(near);
    }
  };
  let closing = false;
  pswp.on('change', async () => {
    const index = pswp.currIndex;
    try {
      await fetchAround(index);
    } catch (error) {
      failed(error);
    }
    const photo = photoAt(index);
    if (closing || index !== pswp.currIndex || !photo) return;
    if (photo.id !== id) moved(photo);
    id = photo.id;
    dialog.setAttribute('aria-label', photo.name);
    name.textContent = photo.name;
    say(photo.name);
    panel.show(photo);
  });
  pswp.on('zoomPanUpdate', ({ slide: shown }) => {
    boxes.follow(shown);
    sharpen(shown);
  });
  pswp.on('bgClickAction', (event) => {
    event.preventDefault();
  });

  const close = () => {
    if (!closing) dialog.close();
  };
  /** Escape leaves a field first, then the photo. */
  const back = () => {
    if (typing(document.activeElement)) dialog.focus();
    else close();
  };
  const turnPanel = () => {
    dialog.classList.toggle('panel-shut');
    pswp.updateSize(true);
  };
  const zoom = () => pswp.toggleZoom();
  /** Turns the picture at once; the version that is made takes its place. */
  const turn = (quarters) => {
    const element = pswp.currSlide?.content.element;
    const { w, h: height } = current() ?? {};
    const draw = (more) => {
      if (!element || !w) return;
      const now = (Number(element.dataset.turned) || 0) + more;
      element.dataset.turned = now;
      element.style.rotate = `${90 * now}deg`;
      element.style.scale = now % 2 ? Math.min(w / height, height / w) : '';
    };
    draw(quarters);
    panel.turn(quarters).then((done) => done || draw(-quarters));
  };
  const original = () => {
    const photo = current();
    if (photo) showSheet({ selection: { ids: [photo.id] }, count: 1 });
  };
  const name = h('span', { class: 'view-name clip' });
  stage.append(
    h(
      'div',
      { class: 'view-bar' },
      button(words.view.back, { icon: 'chevron-left', bare: true, key: 'esc' }, close),
      name,
      button(words.view.zoom, { icon: 'zoom-in', bare: true, key: 'z' }, zoom),
      button(words.view.boxes, { icon: 'scan', bare: true, key: 'o' }, () => boxes.toggle()),
      button(words.view.left, { icon: 'rotate-ccw', bare: true, key: 'shift+r' }, () => turn(-1)),
      button(words.view.right, { icon: 'rotate-cw', bare: true, key: 'r' }, () => turn(1)),
      button(words.view.download, { icon: 'download', bare: true, key: 'd' }, original),
      button(words.view.details, { icon: 'panel-right', bare: true, key: 'i' }, turnPanel),
    ),
  );

  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    back();
  });
  dialog.addEventListener('close', () => {
    closing = true;
    unbind();
    panel.end();
    const index = alone ? -1 : pswp.currIndex;
    pswp.destroy();
    dialog.remove();
    closed(index);
  });
  const unbind = bindKeys({
    modal: (open) => open === dialog,
    ArrowLeft: ({ target }) => target.type !== 'range' && pswp.prev(),
    ArrowRight: ({ target }) => target.type !== 'range' && pswp.next(),
    Escape: back,
    z: zoom,
    o: () => boxes.toggle(),
    b: () => panel.compare(),
    '[': () => turn(-1),
    ']': () => turn(1),
    r: ({ shiftKey }) => turn(shiftKey ? -1 : 1),
    i: turnPanel,
    t: () => {
      dialog.classList.remove('panel-shut');
      pswp.updateSize(true);
      panel.focusAdd();
    },
    p: () => {
      dialog.classList.remove('panel-shut');
      pswp.updateSize(true);
      panel.focusFace();
    },
    d: original,
    u: async () => {
      await undo();
      panel.reload();
    },
    y: () => panel.answer('confirmed'),
    n: () => panel.answer('rejected'),
    '?': () => import('../shell/keys.js').then(({ showKeys }) => showKeys()),
  });
  pswp.init();
  $('.pswp', stage).setAttribute('role', 'group');
  $('.pswp', stage).removeAttribute('aria-modal');
  dialog.focus();

  return {
    close,
    async go(next) {
      const { index } = await placeOf(library, next);
      if (index !== pswp.currIndex) pswp.goTo(index);
    },
  };
}
