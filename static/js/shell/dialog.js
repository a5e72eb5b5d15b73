// Modal dialogs: the browser traps the focus and gives it back to where it came from.
import { button, h } from '../dom.js';
import { words } from '../words.js';

export function openDialog(title, content, { width = 480, onclose, foot } = {}) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const dialog = h('dialog', { 'aria-labelledby': id, style: { width: `${width}px` } });
  const close = button(words.close, { icon: 'x', bare: true }, () => dialog.close());
  dialog.append(
    h(
      'div',
      { class: 'dialog-body' },
      h('div', { class: 'dialog-head' }, h('h2', { id }, title), close),
      content,
      foot && h('div', { class: 'dialog-foot' }, foot),
    ),
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    onclose?.();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  (dialog.querySelector('[autofocus]') ?? close).focus();
  return dialog;
}

/** Asks before something that cannot be undone, or that is done elsewhere. Resolves to true or false. */
export function confirmDialog(title, text, label, kind = 'danger') {
  return new Promise((resolve) => {
    let answer = false;
    const yes = button(label, { kind }, () => {
      answer = true;
      dialog.close();
    });
    const no = button(words.cancel, { kind: 'outlined', autofocus: true }, () => dialog.close());
    const dialog = openDialog(title, h('p', {}, text), { foot: [no, yes], onclose: () => resolve(answer) });
  });
}
