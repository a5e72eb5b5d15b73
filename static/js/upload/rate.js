// How fast, and how much of it is done.

const WINDOW_MS = 6000;

/** Units a second over the last few seconds. */
export class Rate {
  #points = [];

  feed(amount, now = performance.now()) {
    const last = this.#points.at(-1);
    if (amount === null || (last && amount < last.amount)) this.#points = [];
    if (amount !== null) this.#points.push({ amount, now });
    while (this.#points.length > 2 && now - this.#points[0].now > WINDOW_MS) this.#points.shift();
  }

  get value() {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    return first && last.now > first.now ? ((last.amount - first.amount) * 1000) / (last.now - first.now) : 0;
  }
}

/** The done part of everything that was open since the last rest; it outlives a reload in this tab. */
export class Share {
  #peak = Number(read()) || 0;

  of(open) {
    const peak = open === 0 ? 0 : Math.max(this.#peak, open);
    if (peak !== this.#peak) write(peak);
    this.#peak = peak;
    return peak ? 1 - open / peak : 1;
  }
}

function read() {
  try {
    return sessionStorage.getItem('peak');
  } catch {
    return 0;
  }
}

function write(peak) {
  try {
    sessionStorage.setItem('peak', String(peak));
  } catch {
    // The share then begins anew after a reload.
  }
}
