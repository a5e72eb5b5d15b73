// Where the app lies: below a path, where a proxy stands before it.

const root = document.documentElement.dataset.root ?? '';

/** The address of a path of the app, such as "/photos/12/original". */
export const at = (path) => root + path;

/** The same for the address of a page, which may have its root already. */
export const within = (path) => (!root || path.startsWith(`${root}/`) || !path.startsWith('/') ? path : root + path);

/** The path of an address within the app. */
export const pathOf = ({ pathname }) => (pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname);
