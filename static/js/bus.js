// What one part of the page tells the others: "progress" (figures of the server), "library" (photos or tags changed),
// "uploads" (the drop's figures changed), "undone" (an action was taken back).
const target = new EventTarget();

export function emit(name, detail) {
  target.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Listens; returns the function that stops listening. */
export function on(name, run) {
  const listener = (event) => run(event.detail);
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}
