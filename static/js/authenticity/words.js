// What the page says of authenticity: evidence with its weight, never proof.
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
    edited: 'A real photograph? Yes, but a part of it may have been changed',
    inconclusive: 'A real photograph? The evidence does not say',
  },
  chances: (photograph, generated, edited) => `Photograph ${photograph}, generated ${generated}, edited ${edited}.`,
  proof: 'This is an estimate, and it is sometimes wrong. It proves nothing about anybody.',
  surer: 'Surer with: the file straight from the camera, larger, saved once, and other shots of the same scene.',
  evidence: 'Evidence, the heaviest first',
  speaks: (weight) => (weight > 0.05 ? 'for a photograph' : weight < -0.05 ? 'against one' : 'counts nothing'),
  map: 'Where it looks unlike a photograph',
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
