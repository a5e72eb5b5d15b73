// Keys of the grid: arrows move, space selects, Enter opens, shift extends.

export function gridKeys({ grid, selection, open, range, bar }) {
  const inGrid = (event) =>
    event.target.closest?.('.grid') || event.target === document.body || event.target.id === 'main';
  const now = () => (grid.focused < 0 ? grid.firstVisible() : grid.focused);

  const go =
    (step, { anywhere = false } = {}) =>
    async (event) => {
      if (!inGrid(event) || !grid.library?.total) return false;
      const from = now();
      const to = grid.focused < 0 && !anywhere ? from : Math.max(0, Math.min(grid.library.total - 1, await step(from)));
      if (event.shiftKey && grid.focused >= 0) {
        if (selection.anchor < 0) selection.anchor = from;
        await range(selection.anchor, to);
      }
      await grid.focus(to);
      return true;
    };

  /** The photo above or below: the one whose middle is nearest. */
  const vertical = (by) => async (from) => {
    const here = grid.place(from);
    if (!here) return from + by;
    const known = async (index) => {
      if (index < 0 || index >= grid.library.total) return undefined;
      if (!grid.place(index)) await grid.reveal(index);
      return grid.place(index);
    };
    const middle = here.x + here.width / 2;
    let i = from + by;
    let there = await known(i);
    while (there?.top === here.top) there = await known((i += by));
    if (!there) return from;
    const { top } = there;
    let best = i;
    let least = Infinity;
    // Small days stand beside one another: a row may run over several sections.
    for (; there?.top === top; there = await known((i += by))) {
      const off = Math.abs(there.x + there.width / 2 - middle);
      if (off < least) [best, least] = [i, off];
      else break;
    }
    return best;
  };

  const page = (by) => async (from) => {
    let to = from;
    for (let rows = Math.max(1, Math.floor(grid.scroller.clientHeight / grid.target) - 1); rows > 0; rows -= 1)
      to = await vertical(by)(to);
    return to;
  };

  const guard = (run) => (event) => {
    if (!inGrid(event) || grid.focused < 0) return false;
    return run(grid.focused, event);
  };

  return {
    ArrowLeft: go((from) => from - 1),
    ArrowRight: go((from) => from + 1),
    ArrowUp: go(vertical(-1)),
    ArrowDown: go(vertical(1)),
    PageUp: go(page(-1)),
    PageDown: go(page(1)),
    Home: go(() => 0, { anywhere: true }),
    End: go(() => grid.library.total - 1, { anywhere: true }),
    Enter: guard((index) => open(index)),
    ' ': guard((index) => {
      selection.anchor = index;
      const photo = grid.library.at(index);
      if (photo) selection.toggle(photo.id);
    }),
    'ctrl+a': (event) => (inGrid(event) ? selection.selectAll() : false),
    Escape: () => (selection.size(grid.library?.total ?? 0) ? selection.clear() : false),
    t: () => bar.tag(grid.focused),
    d: () => bar.download(),
    Delete: () => bar.trash(grid.focused),
  };
}
