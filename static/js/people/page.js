// People: who is in the library, faces without a name, one person's faces.
import { $ } from '../dom.js';

export function mount(main) {
  const page = $('.faces-page', main) ? import('./faces.js') : import('./overview.js');
  let mounted = null;
  let ended = false;
  page.then((module) => {
    if (!ended) mounted = module.mount(main);
  });
  return {
    unmount() {
      ended = true;
      mounted?.unmount();
    },
  };
}
