// What "Download" means right now: the filter of the library page, or everything.
let current = null;

export function setCurrent(what) {
  current = what;
}

export const currentFilter = () => current;
