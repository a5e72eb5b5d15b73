// Takes photos in from everywhere: dropped anywhere in the window, chosen, or pasted.
import { $, h, icon } from '../dom.js';
import { on } from '../bus.js';
import { words } from '../words.js';
import { toast, failed } from '../shell/toast.js';
import { expectWork } from '../shell/progress.js';
import { queue } from './queue.js';
import { cancelAll, pump } from './sender.js';
import { handlesOf, interrupted, keepHandles, newDropId, save, forget } from './record.js';
import { takeHold, walkEntries, walkHandles, walkList } from './walk.js';
import { startStrip } from './strip.js';

// Longer than the 350 ms between two dragovers in Firefox, the slowest of them.
const STILL_HOVERING_MS = 1000;

let drop = null;

/** Takes in what a walk yields; the first files are under way before the walk has ended. */
async function take(walk, id = newDropId()) {
  drop = id;
  if (!queue.active) queue.clear();
  queue.walking += 1;
  expectWork(true);
  const before = queue.items.length;
  try {
    for await (const slice of walk) {
      queue.add(id, slice);
      pump();
    }
  } catch (error) {
    failed(error);
  }
  queue.walking -= 1;
  queue.changed();
  if (queue.items.length === before) toast(queue.hidden ? words.upload.onlyHidden : words.upload.nothing);
}

export function currentDrop() {
  return drop;
}

function chooser(directory) {
  const input = h('input', {
    type: 'file',
    multiple: true,
    class: 'said',
    tabIndex: -1,
    'aria-hidden': 'true',
    id: directory ? 'folder-input' : 'file-input',
  });
  input.setAttribute('aria-label', directory ? words.upload.chooseFolder : words.upload.chooseFiles);
  if (directory) input.webkitdirectory = true;
  input.addEventListener('change', () => {
    take(walkList([...input.files]));
    input.value = '';
  });
  document.body.append(input);
  return input;
}

function startDropTarget() {
  let veil = null;
  // A browser repeats dragover while files hover, and may forget to tell that they left.
  let gone = 0;
  const lift = () => {
    clearTimeout(gone);
    veil?.remove();
    veil = null;
  };
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const hover = (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    clearTimeout(gone);
    gone = setTimeout(lift, STILL_HOVERING_MS);
    veil ??= document.body.appendChild(
      h(
        'div',
        { class: 'drop-veil' },
        icon('folder-up'),
        h('strong', {}, words.upload.dropTitle),
        h('span', { class: 'muted' }, words.upload.dropHint),
      ),
    );
  };
  addEventListener('dragenter', hover);
  addEventListener('dragover', hover);
  addEventListener('drop', (event) => {
    lift();
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const { entries, files, handles } = takeHold(event.dataTransfer);
    const id = newDropId();
    handles.then((some) => keepHandles(id, some.filter(Boolean))).catch(failed);
    take(entries.length ? walkEntries(entries) : walkList(files), id);
  });
}

/** Goes on with the drop that a reload cut off; needs a click, because the browser asks for the folder again. */
export async function goOn(record) {
  const handles = await handlesOf(record.id);
  const granted = [];
  for (const handle of handles) {
    if ((await handle.requestPermission({ mode: 'read' })) === 'granted') granted.push(handle);
  }
  if (granted.length) return take(walkHandles(granted), record.id);
  return $('#folder-input').click();
}

export function startUploads() {
  const folder = chooser(true);
  const files = chooser(false);
  startDropTarget();
  startStrip({
    stop: () => {
      cancelAll();
      forget();
    },
    goOn,
    lost: interrupted(),
  });
  addEventListener('paste', (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    take(walkList(pasted));
  });
  document.addEventListener('click', (event) => {
    const what = event.target.closest?.('[data-do]')?.dataset.do;
    if (what === 'choose-folder') folder.click();
    if (what === 'choose-files') files.click();
    if (what === 'upload') askHow(folder, files);
  });
  let saved = 0;
  on('uploads', () => {
    expectWork(queue.active);
    const ended = !queue.active;
    if (!ended && Date.now() - saved < 2000) return;
    saved = Date.now();
    if (ended && !queue.counts.failed) forget();
    else save({ id: drop, files: queue.items.length, bytes: queue.bytes, left: queue.open + queue.counts.failed });
  });
}

async function askHow(folder, files) {
  const { openDialog } = await import('../shell/dialog.js');
  const { button } = await import('../dom.js');
  const { words: disk } = await import('../inplace/words.js');
  const dialog = openDialog(
    words.upload.add,
    h(
      'div',
      { class: 'add-ways' },
      h('p', { class: 'muted' }, words.upload.addHint),
      button(words.upload.chooseFolder, { icon: 'folder', kind: 'primary', autofocus: true }, () => {
        dialog.close();
        folder.click();
      }),
      button(words.upload.chooseFiles, { icon: 'file-up', kind: 'outlined' }, () => {
        dialog.close();
        files.click();
      }),
      document.documentElement.dataset.imports &&
        button(disk.import.open, { icon: 'hard-drive', kind: 'outlined' }, async () => {
          dialog.close();
          const { showFolders } = await import('../inplace/folders.js');
          showFolders();
        }),
    ),
  );
}
