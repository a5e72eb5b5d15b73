// Each effect's equation with its numbers, as MathML.
import { number } from './figures.js';

const MATH = 'http://www.w3.org/1998/Math/MathML';

function m(tag, ...children) {
  const element = document.createElementNS(MATH, tag);
  element.append(...children.flat());
  return element;
}
const i = (name) => m('mi', name);
const o = (sign) => m('mo', sign);
const n = (value, digits = 3) => m('mn', number(Number(value.toPrecision(digits))));
const row = (...children) => m('mrow', ...children);
const sup = (base, power) => m('msup', base, power);
const sub = (base, index) => m('msub', base, index);
const over = (top, bottom) => m('mfrac', top, bottom);
const paren = (...children) => row(o('('), ...children, o(')'));
const times = () => o('\u2062');
const degrees = (value) => row(n(value), m('mi', '°'));
const signed = (value, ...rest) => [o(value < 0 ? '−' : '+'), n(Math.abs(value)), ...rest];
const equals = (left, ...right) => row(left, o('='), ...right);
const rho = () => i('ρ');
const function_ = (name, ...inside) => row(i(name), paren(...inside));
const unit = (v) => equals(rho(), over(i('r'), row(n(v.radius), m('mtext', ' px'))));
const cleanRadius = () => sub(i('r'), i('clean'));
const share = (...right) => [equals(over(cleanRadius(), i('R')), ...right), unit(v_)];
let v_ = null; // the parameters of the equation that is being written

function swirl(v) {
  const left = () => paren(n(1), o('−'), rho());
  const profile = {
    quadratic: () => sup(left(), n(2)),
    linear: left,
    cubic: () => sup(left(), n(3)),
    exponential: () => sup(n(2), row(o('−'), n(5), rho())),
  }[v.profile]();
  return [equals(row(o('Δ'), i('φ')), degrees(v.angle), o('·'), profile), unit(v)];
}

function bowed(v, sign) {
  const square = () => [n(v.k), times(), sup(rho(), n(2))];
  if (v.model === 'division') return share(over(rho(), row(n(1), o(sign > 0 ? '−' : '+'), ...square())));
  return share(rho(), paren(n(1), o(sign > 0 ? '+' : '−'), ...square()));
}

function local(v, sign) {
  if (v.model === 'sine') {
    const sine = function_('sin', over(row(i('π'), rho()), n(2)));
    return share(rho(), times(), sup(sine, row(o(sign > 0 ? '−' : '+'), n(v.strength))));
  }
  const fade = sup(paren(n(1), o('−'), sup(rho(), n(2))), n(2));
  return share(rho(), paren(n(1), o(sign > 0 ? '+' : '−'), n(v.strength), fade));
}

function fisheye(v) {
  const theta = () => degrees(v.angle);
  return share(over(function_('tan', rho(), o('·'), theta()), theta()));
}

function lens(v) {
  return share(
    ...[n(v.a), sup(rho(), n(4))],
    ...signed(v.b, sup(rho(), n(3))),
    ...signed(v.c, sup(rho(), n(2))),
    o('+'),
    n(1 + v.zoom),
    rho(),
  );
}

function wave(v) {
  const slide = (axis, along) =>
    row(
      n(v.amplitude[axis]),
      function_('sin', over(row(n(2), i('π'), i(along)), n(v.wavelength)), ...signed(v.phase[axis], i('°'))),
    );
  return [
    equals(sup(i('x'), o('′')), i('x'), o('+'), slide(0, 'y')),
    equals(sup(i('y'), o('′')), i('y'), o('+'), slide(1, 'x′')),
  ];
}

function ripple(v) {
  const turn = row(n(2), i('π'), over(i('r'), n(v.wavelength)));
  const hump = sup(i('e'), row(o('−'), sup(paren(turn.cloneNode(true)), n(2))));
  const sine = Math.sin((v.phase * Math.PI) / 180);
  return [
    equals(
      cleanRadius(),
      i('r'),
      ...signed(v.amplitude),
      paren(function_('sin', turn, ...signed(v.phase, i('°'))), ...signed(-sine, hump)),
    ),
  ];
}

function matrix(rows) {
  const cells = rows.map((cellsOfRow) => m('mtr', ...cellsOfRow.map((value) => m('mtd', n(value)))));
  return row(o('('), m('mtable', ...cells), o(')'));
}
const vector = (...names) => row(o('('), m('mtable', ...names.map((name) => m('mtr', m('mtd', i(name))))), o(')'));
const moved = (rows) => [equals(vector('Δx′', 'Δy′'), matrix(rows), vector('Δx', 'Δy'))];

function rotation(v) {
  const [cos, sin] = [Math.cos((v.angle * Math.PI) / 180), Math.sin((v.angle * Math.PI) / 180)];
  return moved([
    [cos, -sin],
    [sin, cos],
  ]);
}

function perspective(v) {
  const corners = ['top_left', 'top_right', 'bottom_right', 'bottom_left'];
  return corners.map((name, at) =>
    equals(row(o('Δ'), sub(i('p'), n(at + 1))), paren(n(v[name][0]), o(','), n(v[name][1]))),
  );
}

function polar(v) {
  const [w, h] = v.size;
  return [
    equals(i('φ'), degrees(v.start), o(v.direction === 'clockwise' ? '+' : '−'), degrees(360), over(i('x'), n(w, 4))),
    equals(i('r'), n(v.inner), o('+'), n(v.radius - v.inner), over(i('y'), n(h, 4))),
  ];
}

function arc(v) {
  const bend = over(degrees(v.angle), row(n(v.length, 4), m('mtext', ' px')));
  const parts = [equals(i('φ'), i('x'), o('·'), bend), equals(i('r'), i('R'), o('−'), i('y'))];
  return v.scale === 1 ? parts : [...parts, equals(i('s'), n(v.scale))];
}

function contour(v) {
  const sum = m('munder', o('∑'), row(i('i'), o(','), i('j')));
  const cosine = (index, along, length) => function_('cos', over(row(i('π'), i(index), i(along)), n(length, 4)));
  return [
    equals(sub(i('p'), i('clean')), i('p'), o('+'), o('∇'), i('h')),
    equals(i('h'), i('s'), sum, sub(i('c'), i('ij')), cosine('i', 'x', v.size[0]), cosine('j', 'y', v.size[1])),
  ];
}

const EQUATIONS = {
  swirl,
  barrel: (v) => bowed(v, 1),
  pincushion: (v) => bowed(v, -1),
  fisheye,
  lens,
  bulge: (v) => local(v, -1),
  pinch: (v) => local(v, 1),
  wave,
  ripple,
  perspective,
  shear: (v) =>
    moved([
      [1, v.slope[0]],
      [v.slope[1], 1],
    ]),
  rotation,
  polar,
  arc,
  contour,
};

/** The equations of an effect with its numbers, one <math> each. */
export function formula(effect, values) {
  v_ = values;
  return EQUATIONS[effect](values).map((equation) => {
    const math = m('math', equation);
    math.setAttribute('display', 'block');
    return math;
  });
}
