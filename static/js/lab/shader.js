// The warps of ml/warps as one fragment shader: every pixel looks up where it comes from, bicubic.

const VERTEX = `#version 300 es
in vec2 at;
void main() { gl_Position = vec4(at, 0.0, 1.0); }`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform sampler2D picture;
uniform vec2 size;
uniform int law;
uniform int border;
uniform int mode; // 0: the picture, 1: with a grid, 2: a grid alone
uniform vec4 ink;
uniform float p[24];
out vec4 colour;
const float PI = 3.14159265358979;
const vec2 NOWHERE = vec2(-1e6);

vec2 turned(vec2 v, float a) { return vec2(v.x * cos(a) - v.y * sin(a), v.x * sin(a) + v.y * cos(a)); }

float swirlShare(float rho) {
  int profile = int(p[5]);
  float left = max(1.0 - rho, 0.0);
  if (profile == 0) return left * left;
  if (profile == 1) return left;
  if (profile == 2) return left * left * left;
  return exp2(-5.0 * rho);
}
vec2 swirl(vec2 q) {
  vec2 axes = vec2(1.0, p[4]) * p[3];
  vec2 offset = (q - vec2(p[0], p[1])) / axes;
  return vec2(p[0], p[1]) + turned(offset, -radians(p[2]) * swirlShare(length(offset))) * axes;
}

// p: centre, unit, stretch, edge, slope at the edge, form, four numbers
float cleanRadius(float rho) {
  int form = int(p[6]);
  if (form == 0) return rho / (1.0 - p[7] * rho * rho);
  if (form == 1) return rho * (1.0 + p[7] * rho * rho);
  if (form == 2) return p[7] < 1e-6 ? rho : tan(rho * p[7]) / p[7];
  if (form == 3) return rho * (((p[7] * rho + p[8]) * rho + p[9]) * rho + 1.0 + p[10]);
  if (form == 4) { float left = 1.0 - rho * rho; return rho * (1.0 + p[7] * left * left); }
  if (form == 5) return rho > 0.0 ? rho * pow(sin(PI / 2.0 * rho), -p[7]) : 0.0;
  float turn = 2.0 * PI * rho;
  return rho + p[7] * (sin(turn + p[8]) - sin(p[8]) * exp(-turn * turn));
}
vec2 radial(vec2 q) {
  vec2 offset = q - vec2(p[0], p[1]);
  float rho = length(offset / (vec2(1.0, p[3]) * p[2]));
  if (rho <= 0.0) return q;
  float clean = cleanRadius(min(rho, p[4])) + max(rho - p[4], 0.0) * p[5];
  return vec2(p[0], p[1]) + offset * (clean / rho);
}
vec2 wave(vec2 q) {
  float turn = 2.0 * PI / p[2];
  float y = q.y - p[1] * sin(turn * q.x + radians(p[4]));
  return vec2(q.x - p[0] * sin(turn * y + radians(p[3])), y);
}
vec2 projected(vec2 q) {
  vec3 h = vec3(
    p[0] * q.x + p[1] * q.y + p[2],
    p[3] * q.x + p[4] * q.y + p[5],
    p[6] * q.x + p[7] * q.y + p[8]);
  return h.z > 1e-9 ? h.xy / h.z : NOWHERE;
}
vec2 polar(vec2 q) {
  vec2 offset = q - vec2(p[0], p[1]);
  float turn = p[5] * (atan(offset.x, -offset.y) - radians(p[4])) / (2.0 * PI);
  float share = (length(offset) - p[3]) / (p[2] - p[3]);
  return vec2(fract(turn) * size.x - 0.5, share * size.y - 0.5);
}
vec2 arc(vec2 q) {
  vec2 offset = (q - vec2(p[0], p[1]) - vec2(p[4], p[5])) / p[3];
  float bend = p[2];
  if (bend != 0.0) {
    vec2 bent = offset * bend;
    offset = vec2(atan(bent.x, 1.0 - bent.y), 1.0 - length(vec2(bent.x, 1.0 - bent.y))) / bend;
  }
  return vec2(p[0], p[1]) + offset;
}
vec2 contour(vec2 q) {
  vec2 moved = vec2(0.0);
  for (int i = 0; i < 4; i++) for (int j = 0; j < 4; j++) {
    float fx = PI * float(i) / size.x, fy = PI * float(j) / size.y;
    float x = (q.x + 0.5) * fx, y = (q.y + 0.5) * fy;
    moved += p[i * 4 + j] * vec2(-sin(x) * fx * cos(y), -cos(x) * sin(y) * fy);
  }
  return q + moved;
}
vec2 clean(vec2 q) {
  if (law == 1) return swirl(q);
  if (law == 2) return radial(q);
  if (law == 3) return wave(q);
  if (law == 4) return projected(q);
  if (law == 5) return polar(q);
  if (law == 6) return arc(q);
  if (law == 7) return contour(q);
  return q;
}

// OpenCV's borders: black, white, replicate, mirror (the edge twice), wrap.
vec3 texel(ivec2 at) {
  ivec2 end = ivec2(size);
  if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, end))) {
    if (border == 0) return vec3(0.0);
    if (border == 1) return vec3(1.0);
    if (border == 2) at = clamp(at, ivec2(0), end - 1);
    else if (border == 3) {
      ivec2 round_ = 2 * end;
      at = ((at % round_) + round_) % round_;
      at = min(at, round_ - 1 - at);
    } else at = ((at % end) + end) % end;
  }
  return texelFetch(picture, at, 0).rgb;
}
vec4 weights(float t) { // Keys' kernel with a = -0.75, OpenCV's
  const float a = -0.75;
  float u = t + 1.0, v = 1.0 - t, w = 2.0 - t;
  vec4 k;
  k.x = ((a * u - 5.0 * a) * u + 8.0 * a) * u - 4.0 * a;
  k.y = ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
  k.z = ((a + 2.0) * v - (a + 3.0)) * v * v + 1.0;
  k.w = 1.0 - k.x - k.y - k.z;
  return k;
}
vec3 cubic(vec2 c) {
  if (any(greaterThan(abs(c), vec2(1e5)))) return texel(ivec2(-100000));
  vec2 low = floor(c);
  vec4 across = weights(c.x - low.x), down = weights(c.y - low.y);
  vec3 sum = vec3(0.0);
  ivec2 first = ivec2(low) - 1, last = ivec2(low) + 2;
  if (all(greaterThanEqual(first, ivec2(0))) && all(lessThan(last, ivec2(size)))) {
    for (int y = 0; y < 4; y++) for (int x = 0; x < 4; x++)
      sum += texelFetch(picture, first + ivec2(x, y), 0).rgb * (across[x] * down[y]);
  } else for (int y = 0; y < 4; y++) for (int x = 0; x < 4; x++)
    sum += texel(first + ivec2(x, y)) * (across[x] * down[y]);
  return clamp(sum, 0.0, 1.0);
}
vec3 coarse(vec2 c, float level) { // from the mip map: what shrinks is averaged
  vec2 at = (c + 0.5) / size;
  if (border == 3) at = 1.0 - abs(mod(at, 2.0) - 1.0);
  else if (border == 4) at = fract(at);
  else if (border < 2 && (any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(1.0)))))
    return vec3(float(border));
  return textureLod(picture, clamp(at, 0.0, 1.0), level).rgb;
}

void main() {
  vec2 q = vec2(gl_FragCoord.x, size.y - gl_FragCoord.y) - 0.5;
  vec2 c = clean(q);
  vec2 right = clean(q + vec2(1.0, 0.0)) - c, below = clean(q + vec2(0.0, 1.0)) - c;
  float step_ = 0.0;
  if (length(right) < 16.0) step_ = length(right); // a seam is no shrinking
  if (length(below) < 16.0) step_ = max(step_, length(below));
  if (mode < 2) {
    float level = log2(max(step_, 1.0) / 1.25);
    vec3 seen = cubic(c);
    if (level > 0.0) seen = mix(seen, coarse(c, max(level, 1.0)), min(level, 1.0));
    colour = vec4(seen, 1.0);
  }
  if (mode > 0) {
    float cell = max(size.x, size.y) / 16.0;
    vec2 off = abs(fract((c + 0.5) / cell + 0.5) - 0.5) * cell;
    vec2 per = max(abs(vec2(right.x, below.y)), abs(vec2(below.x, right.y))) + 1e-4;
    bool within = all(greaterThanEqual(c, vec2(-1.5))) && all(lessThan(c, size + 0.5));
    float line = within ? 1.0 - smoothstep(0.6, 1.4, min(off.x / per.x, off.y / per.y)) : 0.0;
    if (mode == 1) colour = vec4(mix(colour.rgb, ink.rgb, line * ink.a), 1.0);
    else colour = vec4(ink.rgb * line * ink.a, line * ink.a);
  }
}`;

export const BORDERS = ['black', 'white', 'replicate', 'mirror', 'wrap'];

function compiled(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

/** A picture on a canvas, as effects leave it. */
export class Bench {
  /** Throws where the browser has no WebGL 2. */
  constructor(canvas) {
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error('no WebGL 2');
    this.canvas = canvas;
    this.gl = gl;
    const program = gl.createProgram();
    gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
    const at = gl.getAttribLocation(program, 'at');
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, 2, gl.FLOAT, false, 0, 0);
    this.place = (name) => gl.getUniformLocation(program, name);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAX_LEVEL, 3);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  get size() {
    return [this.canvas.width, this.canvas.height];
  }

  /** Takes a canvas as the clean picture. */
  take(picture) {
    const { gl, canvas } = this;
    [canvas.width, canvas.height] = [picture.width, picture.height];
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    gl.generateMipmap(gl.TEXTURE_2D);
  }

  /** Draws the picture; `packed` is {law, numbers} of an effect, `found` of one that was recognised. */
  draw(packed, { border = 'black', grid = false, found = null } = {}) {
    const { gl, place } = this;
    gl.uniform2f(place('size'), ...this.size);
    gl.uniform1i(place('border'), BORDERS.indexOf(border));
    gl.disable(gl.BLEND);
    this.#pass(packed, grid ? 1 : 0, [0.95, 0.72, 0.05, 0.9]);
    if (!found) return;
    gl.enable(gl.BLEND);
    this.#pass(found, 2, [0.2, 0.75, 1, 0.9]);
  }

  #pass({ law, numbers }, mode, ink) {
    const { gl, place } = this;
    const p = new Float32Array(24);
    p.set(numbers);
    gl.uniform1i(place('law'), law);
    gl.uniform1i(place('mode'), mode);
    gl.uniform4f(place('ink'), ...ink);
    gl.uniform1fv(place('p'), p);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}
