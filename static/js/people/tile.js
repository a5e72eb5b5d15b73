// One face as a tile, and its photo with the box around it.
import { h, icon, meter } from '../dom.js';
import { get } from '../api.js';
import { percent } from '../format.js';
import { openDialog } from '../shell/dialog.js';
import { failed } from '../shell/toast.js';
import { overlay } from '../photo/boxes.js';
import { words } from './words.js';

export function tile(face, { view, mark, select }) {
  const sure = face.confidence === null || face.state !== 'suggested' ? '' : percent(Math.min(face.confidence, 0.99));
  const notes = [face.poor && words.poor, face.twice && words.twice].filter(Boolean);
  const badge = (text, title) => h('span', { class: 'face-badge', title }, text);
  const element = h(
    'li',
    { class: `face-tile ${face.poor ? 'poor' : ''}`, data: { face: face.id }, 'aria-current': 'false' },
    h(
      'button',
      {
        type: 'button',
        class: 'face-photo',
        'aria-label': words.tile(face.name ?? words.face, sure, notes),
        onclick: (event) => {
          mark(element);
          if (event.ctrlKey || event.metaKey) select(face);
        },
        ondblclick: () => showPhoto(face),
      },
      h('img', { src: face.crop, alt: '', loading: 'lazy', draggable: false }),
      icon('check'),
    ),
    h(
      'span',
      { class: 'face-said small muted' },
      view === 'review' && h('strong', { class: 'clip', title: face.name }, face.name),
      sure && [meter(face.confidence, true), sure],
      face.twice && badge(words.twiceShort, words.twice),
      face.poor && badge(words.poorShort, words.poor),
    ),
  );
  return element;
}

/** Shows the whole photo with the face marked on it. */
export async function showPhoto(face) {
  try {
    const photo = await get(`/photos/${face.photo}`);
    const picture = h(
      'div',
      { class: 'face-shown', style: { aspectRatio: `${photo.w} / ${photo.h}` } },
      h('img', { src: photo.preview, alt: photo.name }),
      overlay(photo, [], [face]),
    );
    const link = h(
      'a',
      { class: 'button outlined', href: `/photo/${photo.id}`, onclick: () => dialog.close() },
      words.open,
    );
    const dialog = openDialog(photo.name, picture, { width: 960, foot: link });
  } catch (error) {
    failed(error);
  }
}
