// Which photos are selected: single ones, or all of a filter but some.

export class Selection {
  ids = new Set();
  all = false;
  anchor = -1;

  constructor(changed) {
    this.changed = changed;
  }

  has(id) {
    return this.all !== this.ids.has(id);
  }

  set(id, yes) {
    if (this.has(id) !== yes) {
      if (this.all === yes) this.ids.delete(id);
      else this.ids.add(id);
    }
  }

  toggle(id) {
    this.set(id, !this.has(id));
    this.changed();
  }

  setMany(ids, yes) {
    for (const id of ids) this.set(id, yes);
    this.changed();
  }

  replace(ids) {
    this.all = false;
    this.ids = new Set(ids);
    this.changed();
  }

  selectAll() {
    this.all = true;
    this.ids = new Set();
    this.changed();
  }

  clear() {
    this.all = false;
    this.ids = new Set();
    this.anchor = -1;
    this.changed();
  }

  size(total) {
    return this.all ? total - this.ids.size : this.ids.size;
  }

  /** What the server takes as a selection. */
  json(filter) {
    return this.all ? { filter, except: [...this.ids] } : { ids: [...this.ids] };
  }
}
