// What the page says of authenticity: evidence with its weight, never proof.
import { percent } from '../format.js';

export const words = {
  title: 'Authenticity',
  look: 'Is this a photograph?',
  again: 'Look again',
  looking: 'It is being looked at.',
  outcomes: {
    photograph: 'Looks like a photograph',
    generated: 'May be generated',
    edited: 'May be edited',
    inconclusive: 'Nobody can tell',
  },
  answers: {
    photograph: 'A real photograph? More likely yes',
    generated: 'A real photograph? More likely no',
    edited: 'A real photograph? More likely one that was changed in a part',
    inconclusive: 'A real photograph? The evidence does not say',
  },
  // What is told is right nine times in ten: no figure may look much surer.
  chance: (share) => (share > 0.95 ? 'over 95%' : share < 0.05 ? 'under 5%' : percent(share)),
  chances: (photograph, generated, edited) => `Photograph ${photograph}, generated ${generated}, edited ${edited}.`,
  proof: 'This is an estimate, and it is sometimes wrong. It proves nothing about anybody.',
  surer:
    'What would make it surer: the file straight from the camera, larger, saved once; other shots of the same scene.',
  evidence: 'Evidence, the heaviest first',
  scale: 'A weight of 1 makes that three times as likely, of 2 seven times, of 4 fifty times.',
  speaks: (weight) =>
    Math.abs(weight) <= 0.05
      ? 'Counts nothing'
      : `${weight > 0 ? 'For' : 'Against'} a photograph, weight ${Math.abs(weight).toFixed(1)}`,
  maps: { generated: 'Where it looks unlike a photograph', edited: 'Where it may have been changed' },
  person: (number, of, outcome) =>
    of > 1 ? `Person ${number} of ${of}, looked at alone: ${outcome}` : `The person, looked at alone: ${outcome}`,
  strength: 'Strength of the map',
  yours: 'You say',
  said: (choice) => `You said: ${choice}.`,
  machine: 'as the machine found',
  choices: {
    photograph: 'A photograph',
    generated: 'Generated',
    edited: 'Edited',
    inconclusive: 'Nobody can tell',
  },
};
