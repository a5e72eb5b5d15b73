// A finger's swipe: what it takes follows it; far enough to the right is yes, to the left no.

export function swipe(element, { take, yes, no, far = 90, sign = null }) {
  let held = null;
  let from = 0;
  const show = (x) => {
    held.style.transform = x ? `translateX(${x}px) rotate(${x / 60}deg)` : '';
    (sign ?? held).dataset.swipe = x > far ? 'yes' : x < -far ? 'no' : '';
  };
  const end = (event) => {
    if (!held) return;
    const taken = held;
    const x = event.type === 'pointercancel' ? 0 : event.clientX - from;
    show(0);
    held = null;
    if (x > far) yes(taken);
    else if (x < -far) no(taken);
  };
  element.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'mouse') return;
    held = take(event);
    from = event.clientX;
  });
  element.addEventListener('pointermove', (event) => held && show(event.clientX - from));
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
}
