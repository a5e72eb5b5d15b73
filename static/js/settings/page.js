// Settings: each is saved as soon as it is changed.
import { $, $$ } from '../dom.js';
import { post, put } from '../api.js';
import { words } from '../words.js';
import { confirmDialog } from '../shell/dialog.js';
import { chosen, setTheme } from '../shell/theme.js';
import { failed, toast } from '../shell/toast.js';

function valueOf(input) {
  if (input.type === 'checkbox') return input.checked;
  if ('share' in input.dataset) return Math.round(input.valueAsNumber * 10) / 1000; // shown in per cent
  return input.type === 'number' ? input.valueAsNumber : input.value;
}

/** What is saved is what a reset goes back to. */
function keep(input) {
  if (input.type === 'checkbox') input.defaultChecked = input.checked;
  else if (input.options) for (const option of input.options) option.defaultSelected = option.selected;
  else input.defaultValue = input.value;
}

/** Where faces are no longer looked for, those that were found may go. */
async function offerToForget() {
  const told = words.settings.forget;
  if (!(await confirmDialog(told.title, told.text, told.do))) return;
  const { faces } = await post('/people/forget', { forget: true });
  toast(told.done(faces));
}

export function mount(main) {
  const form = $('.settings-form', main);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', async ({ target }) => {
    if (!target.reportValidity()) return;
    try {
      await put('/settings', { [target.name]: valueOf(target) });
      keep(target);
      toast(words.settings.saved);
      if (target.name === 'faces' && !target.checked) await offerToForget();
    } catch (error) {
      failed(error);
      form.reset();
    }
  });
  for (const choice of $$('[name=theme]', main)) {
    choice.checked = choice.value === chosen();
    choice.addEventListener('change', () => setTheme(choice.value));
  }
  return { unmount() {} };
}
