// One tag and what lies under it: renamed, moved, merged with another, or deleted.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { emit } from '../bus.js';
import { words } from '../words.js';
import { openDialog } from '../shell/dialog.js';
import { done, failed } from '../shell/toast.js';

export function editBranch({ name }) {
  const say = words.branch;
  const field = h('input', { class: 'field', id: 'branch-path', value: name, maxLength: 200, autofocus: true });
  const send = async (path, body) => {
    try {
      const { action } = await post(path, body);
      dialog.close();
      done(action.label, action);
      emit('library');
    } catch (error) {
      failed(error);
    }
  };
  const move = () => {
    const to = field.value.trim();
    if (to && to !== name) return send('/tags/move', { path: name, to });
    return dialog.close();
  };
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') move();
  });
  const dialog = openDialog(
    say.title(name),
    h(
      'div',
      { class: 'tag-dialog' },
      h('label', { htmlFor: field.id }, say.path),
      field,
      h('p', { class: 'small muted' }, say.hint),
    ),
    {
      foot: [
        button(say.delete, { icon: 'trash-2', kind: 'failure' }, () => send('/tags/delete', { path: name })),
        button(words.cancel, { kind: 'outlined' }, () => dialog.close()),
        button(say.move, { kind: 'primary' }, move),
      ],
    },
  );
  field.select();
}
