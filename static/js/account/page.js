// Account and users: forms drawn by the server, each sent to the API, then the page is drawn again.
import { $, $$, button, h } from '../dom.js';
import { call } from '../api.js';
import { dateTime } from '../format.js';
import { confirmDialog, openDialog } from '../shell/dialog.js';
import { visit } from '../shell/router.js';
import { toast } from '../shell/toast.js';

const words = {
  copy: 'Copy',
  copied: 'Copied.',
  differ: 'The two passwords differ. Type the same one twice.',
  key: { title: 'Your new key', text: 'It is shown this once. Keep it where the program finds it.' },
  link: (name) => ({
    title: `A link for ${name}`,
    text: 'Give it to them yourself. It works once, for three days, and is shown this once.',
  }),
};

/** A form as the API takes it: several boxes of one name are a list, days are a number or nothing. */
function valuesOf(form) {
  const values = Object.fromEntries(new FormData(form));
  delete values.again;
  const boxes = $$('[type=checkbox]', form);
  if (boxes.length) values[boxes[0].name] = boxes.filter((box) => box.checked).map((box) => box.value);
  if ('days' in values) values.days = values.days ? Number(values.days) : null;
  return values;
}

/** Shows what is told this once; resolves when it has been put away. */
function showOnce({ title, text }, value) {
  return new Promise((resolve) => {
    const field = h('input', { class: 'field', value, readOnly: true, 'aria-label': title, autofocus: true });
    field.addEventListener('focus', () => field.select());
    const copy = button(words.copy, { kind: 'primary' }, async () => {
      field.select();
      if (navigator.clipboard) await navigator.clipboard.writeText(value);
      else document.execCommand('copy'); // Pages without https have no clipboard of their own.
      toast(words.copied);
    });
    openDialog(title, h('div', { class: 'secret' }, h('p', {}, text), field), { foot: copy, onclose: resolve });
  });
}

async function send(form) {
  const { api, sure, why, yes, said } = form.dataset;
  if (form.elements.again && form.elements.again.value !== form.elements.new.value) throw new Error(words.differ);
  if (sure && !(await confirmDialog(sure, why, yes))) return;
  const [method, path] = api.split(' ');
  const answer = await call(method, path, valuesOf(form));
  if (answer.secret) await showOnce(words.key, answer.secret);
  if (answer.link) await showOnce(words.link(answer.user.name), answer.link);
  if (said) toast(said);
  // The first password begins a new session: the token of this page has ended with the old one.
  if (path === '/account/password') location.reload();
  else await visit(location.href, { replace: true });
}

export function mount(main) {
  for (const time of $$('time', main)) time.textContent = dateTime(time.dateTime);
  main.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.dataset.api) return;
    event.preventDefault();
    const wrong = $('.wrong', form);
    if (wrong) wrong.hidden = true;
    const pressed = $('[type=submit]', form);
    pressed.disabled = true;
    try {
      await send(form);
    } catch (error) {
      if (wrong) wrong.hidden = false;
      if (wrong) wrong.textContent = error.message;
      else toast(error.message);
    }
    pressed.disabled = false;
  });
  return { unmount() {} };
}
