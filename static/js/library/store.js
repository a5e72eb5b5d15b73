// The filtered library: sections first, their photos when they are looked at.
import { get, query } from '../api.js';

const PAGE = 200;
const MOST = 500;

export class Library {
  sections = [];
  total = 0;
  #places = new Map();

  constructor(params) {
    this.params = params;
  }

  /** Asks for the sections; photos already known stay where their section did not change. */
  async open(signal) {
    const answer = await get(`/photos/sections${query(this.params)}`, { signal });
    const name = ({ key, first }) => `${key} ${first ?? ''}`;
    const before = new Map(this.sections.map((section) => [name(section), section]));
    const sums = new Map();
    for (const { key, count } of answer.sections) sums.set(key, (sums.get(key) ?? 0) + count);
    let start = 0;
    this.sections = answer.sections.map((fresh, i) => {
      const old = before.get(name(fresh));
      const section = {
        ...fresh,
        start,
        // A section of very many comes in parts: the first one has the heading, the last one the foot.
        head: answer.sections[i - 1]?.key !== fresh.key,
        foot: answer.sections[i + 1]?.key !== fresh.key,
        all: sums.get(fresh.key),
        photos: [],
        next: undefined,
        stale: false,
        loading: null,
      };
      start += fresh.count;
      if (!old) return section;
      section.photos = old.photos;
      section.next = old.next;
      section.stale =
        old.count !== fresh.count ||
        Math.abs(old.aspect - fresh.aspect) > 1e-3 ||
        old.photos.some((photo) => !photo.thumb || photo.state === 'new');
      return section;
    });
    this.total = answer.total;
    this.#places.clear();
    for (const section of this.sections) this.#place(section, 0);
  }

  #place(section, from) {
    for (let i = from; i < section.photos.length; i += 1) this.#places.set(section.photos[i].id, section.start + i);
  }

  /** True when more of the section is known than `need` photos. */
  has(section, need = section.count) {
    return !section.stale && (section.next === null || section.photos.length >= need);
  }

  /** Loads the section as far as `need` photos; one request at a time. Resolves when that is known. */
  async load(section, need = section.count) {
    while (!this.has(section, need)) {
      section.loading ??= this.#more(section, need).finally(() => {
        section.loading = null;
      });
      await section.loading;
    }
  }

  async #more(section, need) {
    const fresh = section.stale;
    const known = section.photos.length;
    const limit = Math.min(MOST, Math.max(PAGE, fresh ? known : need - known), section.first ? section.count : MOST);
    const after = fresh ? null : section.next;
    const first = after ? null : section.first;
    const answer = await get(`/photos${query({ ...this.params, section: section.key, first, after, limit })}`);
    // While photos arrive there may be more of them than the section was counted with.
    section.photos = (fresh ? answer.photos : section.photos.concat(answer.photos)).slice(0, section.count);
    section.next = answer.photos.length && section.photos.length < section.count ? (answer.next ?? null) : null;
    section.stale = false;
    this.#place(section, fresh ? 0 : known);
  }

  locate(index) {
    let low = 0;
    let high = this.sections.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.sections[middle].start <= index) low = middle;
      else high = middle - 1;
    }
    const section = this.sections[low];
    return section ? { section, number: low, offset: index - section.start } : null;
  }

  at(index) {
    const place = index >= 0 && index < this.total ? this.locate(index) : null;
    return place?.section.photos[place.offset];
  }

  async fetch(index) {
    const place = this.locate(index);
    if (!place) return null;
    await this.load(place.section, place.offset + 1);
    return this.at(index);
  }

  indexOf(id) {
    return this.#places.get(id) ?? -1;
  }

  /** Puts a photo's new card in the place of the old one. */
  replace(card) {
    const index = this.indexOf(card.id);
    if (index < 0) return;
    const { section, offset } = this.locate(index);
    section.photos[offset] = { ...section.photos[offset], ...card };
  }
}
