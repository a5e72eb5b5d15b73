// Sidecars beside originals on the server's disk: asked for, with how many, then queued.
import { h } from '../dom.js';
import { post } from '../api.js';
import { plural } from '../format.js';
import { words as shared } from '../words.js';
import { confirmDialog } from '../shell/dialog.js';
import { done, failed, toast } from '../shell/toast.js';
import { words as all } from './words.js';

const words = all.beside;
const photos = (n) => plural(n, shared.photo, shared.photos);

export async function writeBeside(selection) {
  try {
    const { photos: lying, others } = await post('/photos/sidecars/estimate', { selection });
    if (!lying) return toast(words.none);
    const text = [
      words.text(photos(lying)),
      others > 0 && h('span', { class: 'muted' }, ` ${words.others(photos(others))}`),
    ];
    if (!(await confirmDialog(words.title, h('span', {}, text.filter(Boolean)), words.yes, 'primary')))
      return undefined;
    const { queued } = await post('/photos/sidecars', { selection });
    return done(words.queued(photos(queued)));
  } catch (error) {
    return failed(error);
  }
}
