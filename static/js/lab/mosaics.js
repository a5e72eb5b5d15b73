// Mosaics: a photo, the method that looks for them, and the mask of what it finds. Nothing is kept.
import { $, h } from '../dom.js';
import { call, csrf, post, query } from '../api.js';
import { number, percent } from '../format.js';
import { bindKeys } from '../shell/keys.js';
import { failed } from '../shell/toast.js';
import { words } from './mosaics-words.js';

const NAMES = ['place', 'frame', 'picture', 'mask', 'nothing', 'form', 'file', 'chosen', 'run', 'answer', 'cover'];

export function mount(main) {
  const parts = Object.fromEntries(NAMES.map((name) => [name, $(`[data-mosaics=${name}]`, main)]));
  let source = null; // {file} or {photo}, and name
  let asking = new AbortController();

  const cover = (on) => {
    parts.cover.setAttribute('aria-pressed', String(on));
    parts.mask.hidden = !on;
  };
  const clear = () => {
    asking.abort();
    asking = new AbortController();
    parts.answer.replaceChildren();
    parts.answer.setAttribute('aria-busy', 'false');
    parts.mask.hidden = true;
    parts.cover.hidden = true;
    parts.run.disabled = !source;
  };
  const show = (picture) => {
    parts.picture.src = picture;
    parts.picture.alt = source.name;
    parts.frame.hidden = false;
    parts.nothing.hidden = true;
  };
  parts.picture.addEventListener('load', () => {
    const { naturalWidth: width, naturalHeight: height } = parts.picture;
    parts.frame.style.setProperty('--ratio', String(width / height));
  });
  const take = (next, picture) => {
    source = next;
    parts.chosen.textContent = next.name;
    URL.revokeObjectURL(parts.picture.src);
    clear();
    show(picture);
  };
  const takeFile = (file) => take({ file, name: file.name }, URL.createObjectURL(file));
  // The server may know a format that the browser does not: then its answer brings the picture.
  parts.picture.addEventListener('error', () => {
    parts.frame.hidden = true;
    parts.nothing.hidden = false;
    $('h2', parts.nothing).textContent = source.name;
  });

  const line = ({ block, region }) =>
    h('li', {}, block ? words.block(number(Math.round(block * 100) / 100)) : words.noGrid, ` ${words.size(...region)}`);
  const tell = (told) => {
    const sure = percent(Math.min(told.probability, 0.99));
    parts.answer.replaceChildren(
      h(
        'p',
        { class: 'lab-word' },
        told.found.length ? words.found(sure) : told.probability > 0.5 ? words.unsure(sure) : words.none(sure),
      ),
      h('ul', {}, told.found.map(line)),
      h('p', { class: 'muted' }, words.told(words.by[told.told_by] ?? told.told_by, number(told.ms))),
      told.found.length ? h('p', { class: 'muted' }, words.estimated) : '',
    );
    show(told.picture);
    parts.cover.hidden = !told.mask;
    if (!told.mask) return;
    parts.mask.style.setProperty('--mask', `url("${told.mask}")`);
    cover(true);
  };
  const send = ({ file, photo }, method, signal) =>
    file
      ? call('POST', `/lab/mosaics/file${query({ method })}`, undefined, {
          signal,
          body: file,
          headers: { ...csrf(), 'Content-Type': 'application/octet-stream', Accept: 'application/json' },
        })
      : post('/lab/mosaics', { photo, method }, { signal });
  const run = async (event) => {
    event.preventDefault();
    clear();
    const { signal } = asking;
    parts.run.disabled = true;
    parts.answer.setAttribute('aria-busy', 'true');
    parts.answer.append(h('p', { class: 'muted' }, words.looking));
    try {
      const told = await send(source, new FormData(parts.form).get('method'), signal);
      if (!signal.aborted) tell(told);
    } catch (error) {
      if (signal.aborted) return;
      parts.answer.replaceChildren();
      failed(error);
    }
    if (signal.aborted) return;
    parts.answer.setAttribute('aria-busy', 'false');
    parts.run.disabled = false;
    parts.run.focus();
  };

  parts.form.addEventListener('submit', run);
  parts.cover.addEventListener('click', () => cover(parts.mask.hidden));
  $('[data-mosaics=own]', main).addEventListener('click', () => parts.file.click());
  $('[data-mosaics=library]', main).addEventListener('click', async () => {
    const { choosePhoto } = await import('./picker.js');
    choosePhoto(({ id, name, thumb }) => take({ photo: id, name }, thumb.replace('/thumb', '/preview')));
  });
  const taken = () => {
    if (parts.file.files[0]) takeFile(parts.file.files[0]);
    parts.file.value = '';
  };
  parts.file.addEventListener('change', taken);
  taken(); // one that was chosen before this page listened
  for (const kind of ['dragenter', 'dragover', 'drop'])
    parts.place.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation(); // else the window takes it into the library
      if (kind === 'drop' && event.dataTransfer.files[0]) takeFile(event.dataTransfer.files[0]);
    });
  const unbind = bindKeys({ m: () => parts.cover.hidden || parts.cover.click() });
  return {
    unmount() {
      clear();
      unbind();
    },
  };
}
