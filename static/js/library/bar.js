// What can be done with the selected photos: tag, analyse, download, trash.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { emit } from '../bus.js';
import { number, plural } from '../format.js';
import { words } from '../words.js';
import { confirmDialog, openDialog } from '../shell/dialog.js';
import { done, failed, toast } from '../shell/toast.js';
import { askNow } from '../shell/progress.js';
import { tagBox } from '../tagbox.js';

const photos = (n) => plural(n, words.photo, words.photos);

async function act(path, body, said) {
  try {
    const answer = await post(path, body);
    done(said(answer), answer.action);
    emit('library');
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

/** Asks for names to add and to take away, then changes all at once. */
export function tagDialog(selection, count) {
  const add = new Set();
  const remove = new Set();
  const chips = (set) => {
    const list = h('div', { class: 'chips' });
    const draw = () =>
      list.replaceChildren(
        ...[...set].map((name) =>
          h(
            'span',
            { class: 'chip' },
            name,
            button(words.tagDialog.drop(name), { icon: 'x', bare: true }, () => {
              set.delete(name);
              draw();
            }),
          ),
        ),
      );
    return { list, draw };
  };
  const added = chips(add);
  const removed = chips(remove);
  const plus = tagBox({
    label: words.tagDialog.add,
    autofocus: true,
    chosen: (name) => {
      add.add(name);
      remove.delete(name);
      added.draw();
      removed.draw();
    },
  });
  const minus = tagBox({
    label: words.tagDialog.remove,
    chosen: (name) => {
      remove.add(name);
      add.delete(name);
      added.draw();
      removed.draw();
    },
  });
  const apply = async () => {
    for (const [box, set] of [
      [plus, add],
      [minus, remove],
    ])
      if (box.input.value.trim()) set.add(box.input.value.trim());
    if (!add.size && !remove.size) return plus.input.focus();
    const ok = await act('/tags/apply', { selection, add: [...add], remove: [...remove] }, ({ changed }) =>
      words.tagDialog.done(photos(changed)),
    );
    if (ok) dialog.close();
    return undefined;
  };
  const dialog = openDialog(
    words.tagDialog.title(photos(count)),
    h('div', { class: 'tag-dialog' }, plus.element, added.list, minus.element, removed.list),
    {
      foot: [
        button(words.cancel, { kind: 'outlined' }, () => dialog.close()),
        button(words.tagDialog.apply, { kind: 'primary' }, apply),
      ],
    },
  );
}

export function startBar(element, { grid, selection, filter }) {
  const total = () => grid.library?.total ?? 0;
  const size = () => selection.size(total());
  const inTrash = () => filter().state === 'trash';
  /** The selection, or else the photo that has the focus. */
  const subject = (focused = -1) => {
    if (size()) return { selection: selection.json(filter()), count: size() };
    const photo = grid.library?.at(focused);
    return photo ? { selection: { ids: [photo.id] }, count: 1 } : null;
  };
  const withSubject = (run) => (focused) => {
    const what = subject(focused);
    return what ? run(what) : toast(words.library.selectFirst);
  };
  const after = (ok) => {
    if (ok) selection.clear();
  };

  const tag = withSubject(({ selection: chosen, count }) => tagDialog(chosen, count));
  const like = withSubject(async ({ selection: chosen, count }) => {
    const { findMore } = await import('../concepts/like.js');
    findMore(chosen, photos(count));
  });
  const analyse = withSubject(async ({ selection: chosen }) => {
    if (await act('/analyse', { selection: chosen }, ({ queued }) => words.library.queued(photos(queued)))) askNow();
  });
  const repair = withSubject(async ({ selection: chosen }) => {
    if (await act('/repairs/find', { selection: chosen }, ({ queued }) => words.library.looked(photos(queued))))
      askNow();
  });
  const judge = withSubject(async ({ selection: chosen }) => {
    if (await act('/authenticity/find', { selection: chosen }, ({ queued }) => words.library.judged(photos(queued))))
      askNow();
  });
  const trash = withSubject(async ({ selection: chosen }) => {
    if (inTrash()) return remove({ selection: chosen });
    return after(
      await act('/photos/trash', { selection: chosen }, ({ changed }) => words.library.trashed(photos(changed))),
    );
  });
  const restore = withSubject(async ({ selection: chosen }) =>
    after(
      await act('/photos/restore', { selection: chosen }, ({ changed }) => words.library.restored(photos(changed))),
    ),
  );
  const remove = async ({ selection: chosen }) => {
    const sure = await confirmDialog(
      words.library.deleteTitle,
      words.library.deleteText(photos(size() || 1)),
      words.library.delete,
    );
    if (sure)
      after(
        await act('/photos/delete', { selection: chosen }, ({ changed }) =>
          words.library.deleted(photos(changed ?? size())),
        ),
      );
  };
  const beside = withSubject(async ({ selection: chosen }) => {
    const { writeBeside } = await import('../inplace/beside.js');
    writeBeside(chosen);
  });
  const download = async () => {
    const { showSheet } = await import('../export/sheet.js');
    showSheet(
      size()
        ? { selection: selection.json(filter()), count: size() }
        : { selection: { filter: filter(), except: [] }, count: total() },
    );
  };

  const count = h('strong', { class: 'clip' });
  const all = button(words.library.selectAll, { icon: 'copy-check', key: 'ctrl a' }, () => selection.selectAll());
  const live = [
    button(words.library.tag, { icon: 'tag', key: 't' }, () => tag(grid.focused)),
    button(words.library.like, { icon: 'copy-check' }, () => like(grid.focused)),
    button(words.library.analyse, { icon: 'sparkles' }, () => analyse(grid.focused)),
    button(words.library.repair, { icon: 'waves' }, () => repair(grid.focused)),
    button(words.library.judge, { icon: 'scan' }, () => judge(grid.focused)),
    button(words.library.download, { icon: 'download', key: 'd' }, download),
    ...(document.documentElement.dataset.imports
      ? [button(words.library.beside, { icon: 'hard-drive' }, () => beside(grid.focused))]
      : []),
    button(words.library.trash, { icon: 'trash-2', key: 'Delete' }, () => trash(grid.focused)),
  ];
  const gone = [
    button(words.library.restore, { icon: 'undo-2' }, () => restore(grid.focused)),
    button(words.library.delete, { icon: 'trash-2', kind: 'failure' }, () => trash(grid.focused)),
  ];
  element.append(
    button(words.library.clear, { icon: 'x', bare: true, key: 'esc' }, () => selection.clear()),
    count,
    all,
    h('span', { class: 'bar-gap' }),
    ...live,
    ...gone,
  );

  return {
    tag,
    trash,
    download,
    draw() {
      const n = size();
      element.hidden = n === 0;
      count.textContent = words.library.selected(number(n));
      all.hidden = n === total();
      for (const one of live) one.hidden = inTrash();
      for (const one of gone) one.hidden = !inTrash();
    },
  };
}
