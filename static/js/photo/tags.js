// One tag of a photo: its name, how sure the machine is, yes, no, another name.
import { button, h, meter } from '../dom.js';
import { percent } from '../format.js';
import { words } from '../words.js';
import { query } from '../api.js';

function renameField(tag, row, rename) {
  const input = h('input', {
    class: 'field',
    value: tag.name,
    'aria-label': words.view.rename(tag.name),
    maxLength: 200,
  });
  const name = row.firstElementChild;
  const back = () => {
    if (input.isConnected) input.replaceWith(name);
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      back();
    }
    if (event.key !== 'Enter') return;
    const text = input.value.trim();
    if (text && text !== tag.name) rename(tag, text);
    else back();
  });
  input.addEventListener('blur', back);
  name.replaceWith(input);
  input.focus();
  input.select();
}

/** `act` holds answer(tag, state), rename(tag, name), teach(tag) and point(tag or null). */
export function tagRow(tag, act) {
  const sure = tag.confidence !== null && tag.confidence !== undefined && tag.source === 'machine';
  const title = sure ? words.view.by(tag.network ?? '') : words.view.sources[tag.source];
  const row = h(
    'li',
    { class: `tag-row ${tag.state}`, data: { tag: tag.id }, title },
    h('a', { class: 'tag-name clip', href: `/${query({ tag: tag.name })}` }, tag.name),
    h(
      'span',
      { class: 'tag-sure muted' },
      sure
        ? [meter(tag.confidence, tag.state !== 'suggested'), h('span', {}, percent(tag.confidence))]
        : words.view.sourceShort[tag.source],
    ),
  );
  row.addEventListener('pointerenter', () => act.point(tag.boxes?.length ? tag : null));
  row.addEventListener('pointerleave', () => act.point(null));
  const turn = (state) => () => act.answer(tag, tag.state === state ? 'suggested' : state);
  row.append(
    h(
      'span',
      { class: 'tag-acts' },
      tag.kind === 'keyword' &&
        tag.state === 'confirmed' &&
        button(words.view.teach(tag.name), { icon: 'sparkles', bare: true }, () => act.teach(tag)),
      button(words.view.renameShort(tag.name), { icon: 'pencil', bare: true }, () => renameField(tag, row, act.rename)),
      button(
        words.view.reject(tag.name),
        { icon: 'x', bare: true, 'aria-pressed': String(tag.state === 'rejected') },
        turn('rejected'),
      ),
      button(
        words.view.confirm(tag.name),
        { icon: 'check', bare: true, 'aria-pressed': String(tag.state === 'confirmed') },
        turn('confirmed'),
      ),
    ),
  );
  return row;
}
