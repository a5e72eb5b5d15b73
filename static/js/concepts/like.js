// "Find more like these": names the selected photos, which then teach the tag.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { emit } from '../bus.js';
import { openDialog } from '../shell/dialog.js';
import { visit } from '../shell/router.js';
import { failed, remember } from '../shell/toast.js';
import { tagBox } from '../tagbox.js';
import { words as shared } from '../words.js';
import { words } from '../words-concepts.js';

/** Begins to teach a tag and goes to its page. */
export async function teach(name) {
  try {
    const { concept } = await post('/concepts', { name });
    visit(`/teach/${concept.id}`);
  } catch (error) {
    failed(error);
  }
}

export function findMore(selection, photos) {
  let busy = false;
  const go = async (name) => {
    if (!name || busy) return;
    busy = true;
    try {
      // First the check whether this tag can be taught: nothing is tagged where it cannot.
      const { concept } = await post('/concepts', { name });
      const { action } = await post('/tags/apply', { selection, add: [concept.name], remove: [] });
      remember(action);
      emit('library');
      dialog.close();
      visit(`/teach/${concept.id}`);
    } catch (error) {
      busy = false;
      failed(error);
    }
  };
  const box = tagBox({ label: words.name, autofocus: true, chosen: go });
  const dialog = openDialog(
    words.like(photos),
    h('div', { class: 'tag-dialog' }, h('p', { class: 'muted' }, words.likeHint), box.element),
    {
      foot: [
        button(shared.cancel, { kind: 'outlined' }, () => dialog.close()),
        button(words.find, { kind: 'primary' }, () => go(box.input.value.trim())),
      ],
    },
  );
}
