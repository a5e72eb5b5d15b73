// The facts beside a photo: what the machine thinks, what the photographer said, what the file says.
import { h } from '../dom.js';
import { get, post } from '../api.js';
import { emit, on } from '../bus.js';
import { words } from '../words.js';
import { failed, remember, done, say } from '../shell/toast.js';
import { tagBox } from '../tagbox.js';
import { factsOf, filesOf, headOf } from './facts.js';
import { tagRow } from './tags.js';

const WAIT_MS = 60;
const WORK_MS = 1000;
const OPEN = /^(repair|diagnose|authenticity) (waiting|queued|running)$/;
const pending = ({ jobs }) => jobs.some(({ kind, state }) => OPEN.test(`${kind} ${state}`));

export class Panel {
  #detail = null;
  #asked = 0;
  #timer = 0;
  #naming = false;
  #turning = Promise.resolve();

  constructor(element, { shown, changed, point }) {
    Object.assign(this, { element, shown, changed, point });
    this.add = tagBox({ label: words.view.add, chosen: (name) => this.addTag(name) });
    this.stop = on('undone', () => this.reload());
  }

  /** Shows what is known at once; the rest comes when one stays on the photo. */
  show(card) {
    clearTimeout(this.#timer);
    if (this.#detail?.id !== card.id) {
      this.#detail = null;
      const typing = document.activeElement === this.add.input;
      this.element.replaceChildren(
        h(
          'header',
          { class: 'panel-head' },
          h('h2', { class: 'clip' }, card.name),
          h('p', { class: 'muted' }, words.view.loading),
        ),
        // The field is here from the first moment: what is typed for it must not be taken for keys.
        h('section', { class: 'panel-part' }, this.add.element),
      );
      if (typing) this.add.input.focus();
    }
    this.card = card;
    this.#timer = setTimeout(() => this.reload(), WAIT_MS);
  }

  async reload() {
    const mine = ++this.#asked;
    const { id } = this.card;
    try {
      const detail = await get(`/photos/${id}`);
      if (mine === this.#asked && this.card.id === id) this.draw(detail);
    } catch (error) {
      failed(error);
    }
  }

  draw(detail) {
    const held = document.activeElement?.closest?.('[data-tag]')?.dataset.tag;
    const typing = document.activeElement === this.add.input;
    this.#detail = detail;
    this.shown(detail);
    const change = (run, said) => this.change(run, said);
    this.element.replaceChildren(headOf(detail), this.tags(detail), filesOf(detail, change), factsOf(detail));
    this.elsewhere(detail);
    this.people(detail, held);
    this.repairs(detail, held);
    this.authenticity(detail, held);
    this.wait(detail);
    if (typing) this.add.input.focus();
    if (held && !/^(face|repair|verdict)-/.test(held))
      (this.element.querySelector(`[data-tag="${CSS.escape(held)}"] button`) ?? this.add.input).focus();
  }

  tags(detail) {
    const order = { suggested: 0, confirmed: 1, rejected: 2 };
    const list = [...detail.tags].sort(
      (a, b) => order[a.state] - order[b.state] || (b.confidence ?? 0) - (a.confidence ?? 0),
    );
    const act = {
      answer: (tag, state) => this.setState(tag, state),
      rename: (tag, name) => this.rename(tag, name),
      teach: async (tag) => (await import('../concepts/like.js')).teach(tag.name),
      point: this.point,
    };
    const part = (title, tags) =>
      tags.length > 0 &&
      h(
        'div',
        {},
        title && h('h3', { class: 'muted small' }, title),
        h(
          'ul',
          { class: 'tag-list' },
          tags.map((tag) => tagRow(tag, act)),
        ),
      );
    const live = list.filter((tag) => tag.state !== 'rejected');
    const categories = live.filter((tag) => tag.kind === 'category');
    const others = live.filter((tag) => tag.kind !== 'category');
    return h(
      'section',
      { class: 'panel-part', 'aria-label': words.view.tags },
      part(words.view.tags, others),
      part(words.view.categories, categories),
      !live.length && h('p', { class: 'muted' }, detail.state === 'new' ? words.states.new : words.view.noTags),
      this.add.element,
      part(
        words.view.rejected,
        list.filter((tag) => tag.state === 'rejected'),
      ),
    );
  }

  /** What other programs did with the file, or where it lies: rare, so it is fetched when it is so. */
  async elsewhere(detail) {
    if (!detail.edited && !detail.source && detail.files.length < 2) return;
    const { parts } = await import('../inplace/panel.js');
    if (this.#detail !== detail) return;
    const told = parts(detail, (run, said) => this.change(run, said));
    this.element.firstElementChild.after(h('section', { class: 'panel-part' }, told));
  }

  /** Faces and names: most photos of most people have none, so it is fetched when they have. */
  async people(detail, held) {
    if (!detail.faces.length) return;
    const { peoplePart } = await import('../people/panel.js');
    if (this.#detail !== detail) return;
    const part = peoplePart(detail, { change: (run) => this.change(run), point: this.point });
    this.element.children[1].after(part);
    if (held || this.#naming) this.focusFace(this.#naming ? null : held);
    this.#naming = false;
  }

  /** Repairs and versions. */
  async repairs(detail, held) {
    const { repairsPart } = await import('../repairs/panel.js');
    if (this.#detail !== detail) return;
    const part = repairsPart(detail, (run) => this.change(run));
    this.element.children[1].before(part);
    part.querySelector(`[data-tag="${CSS.escape(held ?? '')}"]`)?.focus();
  }

  async authenticity(detail, held) {
    const { authenticityPart } = await import('../authenticity/panel.js');
    if (this.#detail !== detail) return;
    const part = authenticityPart(detail, (run) => this.change(run));
    this.element.append(part);
    if (/^verdict-/.test(held ?? ''))
      (part.querySelector(`[data-tag=${held}]`) ?? part.querySelector('[data-tag=verdict-said]'))?.focus();
  }

  /** Asks again while something is made or looked at; what stands here stays until all of it is done. */
  wait(detail) {
    clearTimeout(this.#timer);
    if (!pending(detail)) return;
    this.#timer = setTimeout(async () => {
      const fresh = await get(`/photos/${detail.id}`).catch(() => detail);
      if (this.#detail !== detail) return;
      if (pending(fresh)) return this.wait(detail);
      this.draw(fresh);
      this.changed(fresh);
    }, WORK_MS);
  }

  /** Turns the photo that is shown by quarters to the right, one press after the other. */
  turn(quarters) {
    const { id } = this.card;
    say(words.view.turning);
    this.#turning = this.#turning.then(async () => {
      const { turned } = await import('../repairs/panel.js');
      return this.change(async () => turned(await get(`/photos/${id}`), quarters));
    });
    return this.#turning;
  }

  /** Before and after. */
  async compare() {
    const detail = this.#detail;
    if (!detail?.repairs.length) return;
    const { adjustable, compare, shownVersion } = await import('../repairs/panel.js');
    const first = shownVersion(detail) ? null : detail.repairs.find(adjustable);
    if (first !== undefined) compare(detail, (run) => this.change(run), first);
  }

  /** Goes to the field of a face's name: of this one, else of the first that has none. */
  focusFace(tag) {
    const part = this.element.querySelector('.panel-people');
    if (!part) {
      this.#naming = this.#detail === null || this.#detail.faces.length > 0;
      return;
    }
    const row = tag && part.querySelector(`[data-tag="${CSS.escape(tag)}"]`);
    if (tag && !row) return;
    (row ?? part).querySelector('input, button')?.focus();
    if (!row) part.querySelector('input')?.focus();
  }

  /** Sends, keeps the action for undoing, and draws anew; whether that went well. */
  async change(run, said) {
    try {
      const answer = await run();
      if (said) done(said, answer.action);
      else remember(answer.action);
      emit('library');
      if (!answer.photo) await this.reload();
      else {
        this.changed(answer.photo);
        if (answer.photo.id === this.card.id) this.draw(answer.photo);
      }
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  setState(tag, state) {
    return this.change(() => post(`/photos/${this.card.id}/tags/${tag.id}`, { state }));
  }

  addTag(name) {
    return this.change(() => post('/tags/apply', { selection: { ids: [this.card.id] }, add: [name], remove: [] }));
  }

  rename(tag, name) {
    return this.change(() => post(`/tags/${tag.id}`, { name }), words.view.renamed(tag.name, name));
  }

  /** Answers the surest open tag, as the review does. */
  answer(state) {
    const open = (this.#detail?.tags ?? [])
      .filter((tag) => tag.state === 'suggested')
      .sort((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0));
    if (open.length) this.setState(open[0], state);
  }

  focusAdd() {
    this.add.input.focus();
  }

  end() {
    clearTimeout(this.#timer);
    this.#detail = null;
    this.#asked += 1;
    this.stop();
  }
}
