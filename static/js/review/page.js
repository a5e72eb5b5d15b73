// The review of tags.
import { $, button, h } from '../dom.js';
import { post } from '../api.js';
import { named, percent } from '../format.js';
import { words } from '../words.js';
import { showLeft } from '../shell/counts.js';
import { tagBox } from '../tagbox.js';
import { review } from './flow.js';
import { Stage } from './stage.js';

export function mount(main) {
  const yes = () => flow.answer('yes');
  const no = () => flow.answer('no');
  const stage = new Stage($('.review-stage', main), { yes, no });
  const filter = (place, chosen, narrow) => {
    const all = () => button(words.review.everyTag, { icon: 'x', bare: true }, () => narrow(''));
    place.replaceChildren(
      chosen
        ? h('span', { class: 'chip' }, chosen, all())
        : tagBox({ label: words.review.only, chosen: narrow }).element,
    );
  };
  const flow = review(
    main,
    {
      path: '/review',
      list: '/review',
      by: 'tag',
      key: ({ photo, tag }) => `${photo.id} ${tag.id}`,
      name: ({ tag }) => tag.name,
      pictures: ({ photo }) => [photo.preview],
      send: ({ photo, tag }, answer) => post('/review', { photo: photo.id, tag: tag.id, answer }),
      question: ({ tag, confidence }) => [h('strong', {}, named(tag.name)), `, ${percent(confidence)}`],
      figures: showLeft,
      stage,
      filter,
    },
    { o: () => stage.toggleBox(), z: () => stage.zoom(), ArrowRight: yes, ArrowLeft: no },
  );
  return flow;
}
