// SPDX-License-Identifier: MIT
// Draws what the library computes (playground.cpp), and handles the controls. No framework.
'use strict';

const $ = (id) => document.getElementById(id);
const names = ['Sgd', 'Momentum', 'Nesterov', 'Adagrad', 'RmsProp', 'Adam', 'AdamW', 'Lion', 'Adan', 'Prodigy',
  'Muon', 'Lbfgs'];
const problems = ['bowl', 'ravine', 'rosenbrock', 'saddle', 'beale', 'digits'];
const most = 6, dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 4], [5, 2, 1, 2]];

const words = {
  en: {
    title: 'A playground for learning rates', presets: 'Try', controls: 'Controls', pictures: 'Pictures',
    results: 'Results', play: 'Play', pause: 'Pause', step: 'Step', restart: 'Restart',
    problem: 'Surface or network', rate: 'Learning rate', optimizers: 'Optimizers (up to six)',
    schedule: 'Schedule', text: 'Its text, which multiplies the rate', seed: 'Seed', speed: 'Speed',
    batch: 'Batch size', images: 'Images to learn from', loss: 'Loss (logarithmic)', rates: 'Learning rate (logarithmic)',
    optimizer: 'Optimizer', lossShort: 'Loss', rateShort: 'Rate', state: 'State', diagnosis: 'The library’s diagnosis',
    map: 'The paths over the surface: each line joins points of equal loss; + is a lowest point',
    epochs: 'Loss of each epoch: lines of training, dots of 360 other images', stepOf: (a, b) => `step ${a} of ${b}`,
    diverged: 'diverged', fell: 'falling', rose: 'rising', ready: 'ready', right: 'right',
    nothing: 'Nothing conspicuous so far.', own_rate: 'Prodigy and Lbfgs find their own rate: the slider does not change them.',
    bowl: 'Bowl', ravine: 'Ravine', rosenbrock: 'Rosenbrock’s valley', saddle: 'Saddle', beale: 'Beale’s function',
    digits: 'Network that reads digits', slow: 'Slow', normal: 'Normal', fast: 'Fast', constant: 'Constant',
    cosine: 'Cosine', warmup: 'Warm-up, then cosine', halves: 'Halves again and again', own: 'Your own text',
    presetNames: ['Too low', 'Just right', 'Too high: it diverges', 'Schedule', 'Adaptive', 'Overfitting', 'Batch size'],
    presetTexts: [
      'Too low: each step is so short that the loss hardly falls. Nothing breaks; you only wait. Drag the learning rate up.',
      'Just right: each step removes a fixed part of the distance, and the path goes straight to the lowest point.',
      'Too high: each step jumps over the valley and ends higher than it began. The loss grows without end: it diverges.',
      'Schedule: a constant rate jumps around the lowest point for ever. Here it falls along a cosine, so that the steps get shorter and the path comes to rest. Choose “Constant” to compare.',
      'Adaptive: the ravine is twenty times as steep across as along. At this rate Sgd jumps higher and higher from side to side; rules that adapt each parameter’s step to its gradients do not.',
      'Overfitting: the network learns only 60 images by heart. Its training loss (lines) keeps falling, while the loss on other images (dots) rises.',
      'Batch size: each step looks at only 4 images, so the loss is noisy. Drag the batch size up: it gets smoother, but each epoch has fewer steps.'],
  },
  ja: {
    title: '学習率の実験場', presets: '試す', controls: '操作', pictures: '図', results: '結果', play: '再生',
    pause: '一時停止', step: '1 ステップ', restart: '最初から', problem: '曲面またはネットワーク', rate: '学習率',
    optimizers: 'オプティマイザ（6 個まで）', schedule: 'スケジュール', text: 'スケジュールの式（学習率に掛ける）',
    seed: '乱数の種', speed: '速さ', batch: 'バッチサイズ', images: '学習に使う画像の数', loss: '損失（対数）',
    rates: '学習率（対数）', optimizer: 'オプティマイザ', lossShort: '損失', rateShort: '学習率', state: '状態',
    diagnosis: 'ライブラリの診断（英語）', map: '曲面上の経路：線は損失が等しい所。+ は最も低い点',
    epochs: 'エポックごとの損失：線は訓練、点は別の 360 枚', stepOf: (a, b) => `${b} ステップ中 ${a}`,
    diverged: '発散', fell: '減少中', rose: '増加中', ready: '待機中', right: '正解', nothing: '今のところ問題はありません。',
    own_rate: 'Prodigy と Lbfgs は学習率を自分で決めるので、スライダーは効きません。', bowl: 'お椀', ravine: '谷', rosenbrock: 'ローゼンブロックの谷', saddle: '鞍点',
    beale: 'ビールの関数', digits: '数字を読むネットワーク', slow: 'ゆっくり', normal: '普通', fast: '速い', constant: '一定',
    cosine: 'コサイン', warmup: 'ウォームアップの後コサイン', halves: '半分ずつ下げる', own: '自分の式',
    presetNames: ['低すぎる', 'ちょうどよい', '高すぎる：発散', 'スケジュール', '適応的', '過学習', 'バッチサイズ'],
    presetTexts: [
      '低すぎる：一歩が短く、損失はほとんど減りません。壊れはしませんが、待つだけです。学習率を上げてみましょう。',
      'ちょうどよい：一歩ごとに残りの距離が一定の割合で減り、まっすぐ最も低い点へ向かいます。',
      '高すぎる：一歩ごとに谷を飛び越え、前より高い所に着きます。損失は際限なく増えます。これが発散です。',
      'スケジュール：学習率が一定だと、最も低い点の周りを跳び続けます。ここではコサインに沿って下がるので、歩幅が縮んで止まります。「一定」と比べてみましょう。',
      '適応的：谷は横方向が縦方向の 20 倍急です。この学習率では Sgd は左右に跳ねて発散しますが、勾配に合わせてパラメータごとに歩幅を変える方法は発散しません。',
      '過学習：60 枚の画像だけを丸暗記します。訓練の損失（線）は減り続けますが、別の画像の損失（点）は増えます。',
      'バッチサイズ：一歩で 4 枚しか見ないので、損失は揺れます。バッチサイズを上げると滑らかになりますが、エポックのステップ数は減ります。'],
  },
};

const presets = [
  { problem: 'bowl', rate: 0.0001, optimizers: ['Sgd'] },
  { problem: 'bowl', rate: 0.1, optimizers: ['Sgd'] },
  { problem: 'bowl', rate: 1.122, optimizers: ['Sgd'] },
  { problem: 'ravine', rate: 0.1, optimizers: ['Lion'], schedule: 'cosine' },
  { problem: 'ravine', rate: 0.126, optimizers: ['Sgd', 'Adagrad', 'RmsProp', 'Adam', 'Adan', 'Prodigy'] },
  { problem: 'digits', rate: 0.01, optimizers: ['Adam'], batch: 4, images: 60 },
  { problem: 'digits', rate: 0.1, optimizers: ['Sgd'], batch: 2, images: 1437 },
];

let library, text = words.en, playing = false, steps = 0, frame = 0, dirty = true, background = null, faulty = false, runs = [];
const state = { preset: 1 };
const isDigits = () => $('problem').value === 'digits';
const length = () => (isDigits() ? 900 : 300);
const titleOfMap = () => (isDigits() ? text.epochs : text.map);
const rate = () => Number((10 ** Number($('rate').value)).toPrecision(3));
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const brief = (value) => (!Number.isFinite(value) ? '∞' : value !== 0 && (value < 1e-3 || value >= 1e5)
  ? value.toExponential(1).replace('+', '') : String(Number(value.toPrecision(3))));

// ---- Controls.

function options(id, values) {
  const chosen = $(id).value;
  $(id).replaceChildren(...values.map((value) => new Option(text[value], value)));
  if (values.includes(chosen)) $(id).value = chosen;
}

function scheduleText(kind) {
  const n = length(), w = Math.round(n / 10);
  return { constant: '1', cosine: `CosineDecay{.initial = 1, .steps = ${n}}`,
    warmup: `warmup(${w}) >> CosineDecay{.initial = 1, .steps = ${n - w}}`,
    halves: `ExponentialDecay{.initial = 1, .factor = 0.5, .steps = ${Math.round(n / 6)}}` }[kind];
}

/// Writes the text of the chosen schedule; the user's own text stays.
function writeSchedule() {
  const written = scheduleText($('schedule').value);
  if (written) $('schedule-text').value = written;
}

function swatch(slot) {
  return `<svg width="26" height="12" aria-hidden="true"><line x1="1" x2="25" y1="6" y2="6" stroke="var(--c${slot})"
    stroke-width="3" stroke-dasharray="${dashes[slot].join(' ')}"/></svg>`;
}

function chosen() {
  return names.filter((name) => $(`use-${name}`).checked && !$(`use-${name}`).disabled);
}

function limitOptimizers() {
  const full = names.filter((name) => $(`use-${name}`).checked).length >= most;
  for (const name of names) {
    const box = $(`use-${name}`), wrong = name === (isDigits() ? 'Lbfgs' : 'Muon');
    if (wrong) box.checked = false;
    box.disabled = wrong || (full && !box.checked);
  }
}

function makeOptimizers() {
  $('optimizers').innerHTML = names.map((name) =>
    `<label><input type="checkbox" id="use-${name}"><span>${name}</span></label>`).join('');
  for (const name of names) $(`use-${name}`).addEventListener('change', () => { limitOptimizers(); changed(); });
}

function showValues() {
  $('rate-value').textContent = brief(rate());
  $('rate').setAttribute('aria-valuetext', brief(rate()));
  $('batch-value').textContent = 2 ** $('batch').value;
  $('batch').setAttribute('aria-valuetext', $('batch-value').textContent);
  $('network-controls').classList.toggle('off', !isDigits());
}

/// Shows the library's message about a text, with the place that it names.
function showScheduleError(message) {
  $('schedule-text').setAttribute('aria-invalid', String(message !== ''));
  const box = $('schedule-error');
  box.replaceChildren();
  box.tabIndex = message ? 0 : -1;
  if (!message) return;
  const place = /at character (\d+)/.exec(message);
  if (place) {
    const whole = $('schedule-text').value, at = Number(place[1]) - 1, line = document.createElement('pre');
    const mark = document.createElement('mark');
    mark.textContent = whole.slice(at, at + 1) || '\u00a0';
    line.append(whole.slice(0, at), mark, whole.slice(at + 1));
    box.append(line);
  }
  box.append(message);
}

// ---- Trainings.

function begin() {
  const schedule = $('schedule-text').value, seed = Math.max(0, Math.trunc(Number($('seed').value) || 0));
  const problem = $('problem').value;
  let error = library.check_schedule(schedule);
  showScheduleError(error);
  library.clear();
  steps = 0;
  runs = [];
  if (!error && isDigits()) error = library.use_digits(Number($('images').value));
  chosen().forEach((name) => {
    if (error) return;
    error = isDigits() ? library.add_network(name, rate(), schedule, 2 ** $('batch').value, seed)
      : library.add_surface(problem, name, rate(), schedule, seed);
    if (!error) runs.push({ name, slot: runs.length });
  });
  if (error) { runs = []; library.clear(); play(false); showScheduleError(error); }
  faulty = error !== '';
  background = null;
  makeTable();
  showLegend();
  showDiagnosis();
  dirty = true;
}

/// If a control changes, the trainings begin again; a page that plays continues to play.
function changed() { showValues(); begin(); }

function play(on) {
  if (on && faulty) return $('schedule-text').focus();
  if (on && steps >= length()) begin();
  playing = on && runs.length > 0;
  $('play').textContent = playing ? text.pause : text.play;
  dirty = true;
}

function takeStep() {
  if (faulty || steps >= length()) return play(false);
  const left = library.step();
  if (left < 0) { showScheduleError(library.last_error()); return play(false); }
  if (left === 0) return play(false);
  ++steps;
  dirty = true;
}

function tick() {
  requestAnimationFrame(tick);
  ++frame;
  if (playing) {
    const speed = $('speed').value, until = performance.now() + 9;
    const count = speed === 'slow' ? (frame % 6 === 0 ? 1 : 0) : speed === 'fast' ? 20 : 1;
    for (let k = 0; k < count && playing && performance.now() < until; ++k) takeStep();
  }
  if (dirty) draw();
  if (frame % 15 === 0 || !playing) showDiagnosis();
}

// ---- The table and the diagnosis.

function makeTable() {
  $('results').innerHTML = runs.map((run) => `<tr><th scope="row">${swatch(run.slot)} ${run.name}</th>
    <td id="loss-${run.name}"></td><td id="rate-${run.name}"></td><td id="state-${run.name}"></td></tr>`).join('');
}

function showLegend() {
  $('legend').innerHTML = runs.map((run) => `<span>${swatch(run.slot)} ${run.name}</span>`).join('');
}

function set(element, value) { if (element.textContent !== value) element.textContent = value; }

function showTable() {
  set($('status'), text.stepOf(steps, length()));
  runs.forEach((run, k) => {
    const losses = run.losses, last = losses.at(-1), bad = library.diverged(k), cell = $(`state-${run.name}`);
    set($(`loss-${run.name}`), losses.length ? brief(last) : '–');
    set($(`rate-${run.name}`), run.rates.length ? brief(run.rates.at(-1)) : '–');
    const accuracy = isDigits() && !bad && run.accuracies.length ? `${(100 * run.accuracies.at(-1)).toFixed(1)} % ${text.right}` : '';
    set(cell, bad ? text.diverged : accuracy || (losses.length < 2 ? text.ready : last <= losses[0] ? text.fell : text.rose));
    cell.className = bad ? 'bad' : '';
  });
}

let shownDiagnosis = null;
function showDiagnosis() {
  const found = runs.map((run, k) => [run, library.findings(k)]).filter(([, lines]) => lines);
  const key = JSON.stringify([text.nothing, found.map(([run, lines]) => [run.name, lines.split('\n').map((line) => line.split('\t')[0])])]);
  if (key === shownDiagnosis && playing) return;
  const html = found.flatMap(([run, lines]) => lines.trim().split('\n').map((line) => {
    const [verdict, evidence, advice] = line.split('\t');
    return `${run.name}\t${verdict}\t: ${evidence}; ${advice}.`;
  }));
  const whole = html.join('\n') || text.nothing;
  shownDiagnosis = key;
  if ($('diagnosis').dataset.whole === whole) return;
  $('diagnosis').dataset.whole = whole;
  $('diagnosis').replaceChildren(...whole.split('\n').map((line) => {
    const p = document.createElement('p'), [name, verdict, rest] = line.split('\t');
    if (!verdict) { p.textContent = line; return p; }
    const strong = document.createElement('strong');
    strong.textContent = `${name}: ${verdict}`;
    p.append(strong, rest);
    return p;
  }));
}

// ---- Drawing.

function prepare(id) {
  const canvas = $(id), ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = '12px system-ui, sans-serif';
  pen.lineJoin = 'round';
  return { pen, width, height };
}

function trace(pen, points, colour, width) {
  pen.strokeStyle = css(colour);
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

/// A line in the colour and the dashes of an optimizer.
function stroke(pen, points, slot, width) {
  pen.setLineDash(dashes[slot]);
  trace(pen, points, `--c${slot}`, width);
  pen.setLineDash([]);
}

/// Shades and contour lines of log(loss), drawn once for a size.
function drawBackground(width, height) {
  const columns = 161, rows = 101, heights = Array.from(library.height_map($('problem').value, columns, rows), (v) => Math.log10(v + 1e-3));
  const low = Math.min(...heights), high = Math.max(...heights);
  const image = new ImageData(columns, rows), from = css('--low').split(',').map(Number), to = css('--high').split(',').map(Number);
  heights.forEach((h, k) => {
    const share = (h - low) / (high - low);
    for (let c = 0; c < 3; ++c) image.data[4 * k + c] = from[c] + (to[c] - from[c]) * share;
    image.data[4 * k + 3] = 255;
  });
  const small = document.createElement('canvas'), ratio = window.devicePixelRatio || 1, large = document.createElement('canvas');
  [small.width, small.height, large.width, large.height] = [columns, rows, width * ratio, height * ratio];
  small.getContext('2d').putImageData(image, 0, 0);
  const pen = large.getContext('2d');
  pen.scale(ratio, ratio);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(small, 0, 0, width, height);
  pen.strokeStyle = css('--contour');
  pen.lineWidth = 0.8;
  pen.beginPath();
  for (let level = 1; level < 14; ++level) contour(pen, heights, columns, rows, low + (high - low) * level / 14, width, height);
  pen.stroke();
  return { width, height, image: large };
}

/// A line of equal height: one straight piece for each cell of the grid that it crosses.
function contour(pen, heights, columns, rows, level, width, height) {
  for (let r = 0; r + 1 < rows; ++r) for (let c = 0; c + 1 < columns; ++c) {
    const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]], cut = [];
    for (let k = 0; k < 4; ++k) {
      const [a, b] = [corners[k], corners[(k + 1) % 4]], ha = heights[a[1] * columns + a[0]], hb = heights[b[1] * columns + b[0]];
      if ((ha < level) === (hb < level)) continue;
      const t = (level - ha) / (hb - ha);
      cut.push([(a[0] + (b[0] - a[0]) * t) / (columns - 1) * width, (a[1] + (b[1] - a[1]) * t) / (rows - 1) * height]);
    }
    for (let k = 0; k + 1 < cut.length; k += 2) { pen.moveTo(...cut[k]); pen.lineTo(...cut[k + 1]); }
  }
}

function drawMap() {
  const { pen, width, height } = prepare('map');
  if (!width) return;
  if (!background || background.width !== width || background.height !== height) background = drawBackground(width, height);
  pen.drawImage(background.image, 0, 0, width, height);
  const [left, right, bottom, top, , , lowestX, lowestY] = Array.from(library.view_of_surface($('problem').value));
  const at = (x, y) => [(x - left) / (right - left) * width, (top - y) / (top - bottom) * height];
  cross(pen, ...at(lowestX, lowestY));
  runs.forEach((run, k) => {
    const path = Array.from(library.path(k)), points = [];
    for (let i = 0; i < path.length; i += 2) {
      const point = at(path[i], path[i + 1]);
      if (!(Math.hypot(...point) < 1e6)) break;  // far outside of the view, or not finite
      points.push(point);
    }
    trace(pen, points, '--halo', 4.5);
    stroke(pen, points, run.slot, 2.4);
    if (points.length) dot(pen, ...points.at(-1), run.slot, 5.5);
  });
}

function dot(pen, x, y, slot, size) {
  pen.beginPath();
  pen.arc(x, y, size, 0, 7);
  pen.fillStyle = css(`--c${slot}`);
  pen.strokeStyle = css('--halo');
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
}

function cross(pen, x, y) {
  trace(pen, [[x - 7, y], [x + 7, y]], '--ink', 2);
  trace(pen, [[x, y - 7], [x, y + 7]], '--ink', 2);
}

/// Lines over steps, with a logarithmic axis; series: { xs, ys, slot, dots }.
function drawChart(id, series, end) {
  const { pen, width, height } = prepare(id), box = { left: 48, right: width - 10, top: 8, bottom: height - 22 };
  const usable = series.flatMap((s) => s.ys.filter((y) => y > 0 && Number.isFinite(y)));
  let low = Math.floor(Math.log10(Math.max(1e-12, usable.reduce((a, b) => Math.min(a, b), Infinity))));
  let high = Math.ceil(Math.log10(Math.min(1e12, usable.reduce((a, b) => Math.max(a, b), 0)) * 1.0001));
  if (!usable.length) [low, high] = [-2, 1];
  if (high - low < 2) low = high - 2;
  const x = (v) => box.left + (box.right - box.left) * v / end;
  const y = (v) => box.bottom - (box.bottom - box.top) * (Math.log10(Math.max(v, 1e-300)) - low) / (high - low);
  const within = (v) => Math.max(box.top, Math.min(box.bottom, y(v)));
  pen.lineWidth = 1;
  pen.strokeStyle = css('--grid');
  pen.fillStyle = css('--soft');
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  const every = Math.max(1, Math.ceil((high - low) / 6));
  for (let power = low; power <= high; power += every) {
    const at = Math.round(y(10 ** power)) + 0.5;
    pen.beginPath(); pen.moveTo(box.left, at); pen.lineTo(box.right, at); pen.stroke();
    pen.fillText(power >= -2 && power <= 3 ? String(Number((10 ** power).toPrecision(1))) : `1e${power}`, box.left - 6, at);
  }
  pen.textBaseline = 'alphabetic';
  for (let k = 0; k <= 3; ++k) {
    pen.textAlign = k === 0 ? 'left' : k === 3 ? 'right' : 'center';
    pen.fillText(String(Math.round(end * k / 3)), x(end * k / 3), height - 6);
  }
  for (const s of series) {
    const points = s.ys.map((v, k) => [x(s.xs ? s.xs[k] : k), Number.isFinite(v) ? within(v) : box.top]);
    if (s.dots) {
      const every = Math.ceil(points.length / 30);
      stroke(pen, points, s.slot, 1);
      points.forEach((point, k) => { if (k % every === 0) dot(pen, ...point, s.slot, 3.5); });
    }
    else stroke(pen, points, s.slot, s.thin ? 1.3 : 2.2);
  }
}

function draw() {
  dirty = false;
  runs.forEach((run, k) => {
    run.losses = Array.from(library.losses(k));
    run.rates = Array.from(library.rates(k));
    run.accuracies = isDigits() ? Array.from(library.accuracies(k)) : [];
  });
  set($('map-title'), titleOfMap());
  if (isDigits()) {
    drawChart('map', runs.flatMap(({ slot }, k) => {
      const xs = Array.from(library.epoch_steps(k));
      return [{ slot, xs, ys: Array.from(library.epoch_training(k)) }, { slot, xs, ys: Array.from(library.epoch_validation(k)), dots: true }];
    }), length());
  } else drawMap();
  drawChart('loss', runs.map((run) => ({ ys: run.losses, slot: run.slot, thin: isDigits() })), length());
  const planned = Array.from(library.schedule_values($('schedule-text').value, length()), (v) => v * rate());
  drawChart('rates', steps === 0 ? [{ ys: planned, slot: 5 }] : runs.map((run) => ({ ys: run.rates, slot: run.slot })), length());
  showTable();
  describe();
}

/// What a picture shows, in words, for screen readers.
function describe() {
  const label = (id, title) => $(id).setAttribute('aria-label', title);
  const list = runs.map((run) => `${run.name} ${run.losses.length ? brief(run.losses.at(-1)) : ''}`).join(', ');
  if (playing && frame % 30 !== 0) return;
  label('map', `${titleOfMap()}. ${list}`);
  label('loss', `${text.loss}: ${list}`);
  label('rates', `${text.rates}: ${brief(rate())}, ${$('schedule-text').value}`);
}

// ---- Presets, language, start.

function usePreset(k) {
  const preset = presets[k];
  state.preset = k;
  $('problem').value = preset.problem;
  $('rate').value = Math.log10(preset.rate);
  $('schedule').value = preset.schedule || 'constant';
  writeSchedule();
  $('seed').value = 0;
  $('batch').value = preset.batch ?? 5;
  $('images').value = preset.images ?? 1437;
  $('speed').value = isDigits() ? 'fast' : 'normal';
  for (const name of names) $(`use-${name}`).checked = preset.optimizers.includes(name);
  limitOptimizers();
  showPreset();
  changed();
}

function showPreset() {
  document.querySelectorAll('#preset-buttons button').forEach((button, k) => button.setAttribute('aria-pressed', String(k === state.preset)));
  set($('explanation'), text.presetTexts[state.preset]);
}

function makePresets() {
  $('preset-buttons').replaceChildren(...text.presetNames.map((name, k) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.addEventListener('click', () => { usePreset(k); play(true); });
    return button;
  }));
  showPreset();
}

function speak(language) {
  text = words[language];
  document.documentElement.lang = language;
  document.querySelectorAll('[data-t]').forEach((element) => set(element, text[element.dataset.t]));
  document.querySelectorAll('[data-aria]').forEach((element) => element.setAttribute('aria-label', text[element.dataset.aria]));
  const other = language === 'en' ? 'ja' : 'en';
  $('language').textContent = other === 'ja' ? '日本語' : 'English';
  $('language').lang = other;
  $('language').setAttribute('aria-label', other === 'ja' ? '日本語で表示' : 'Show in English');
  options('problem', problems);
  options('schedule', ['constant', 'cosine', 'warmup', 'halves', 'own']);
  options('speed', ['slow', 'normal', 'fast']);
  makePresets();
  play(playing);
}

function listen() {
  $('play').addEventListener('click', () => play(!playing));
  $('step').addEventListener('click', () => { play(false); takeStep(); });
  $('restart').addEventListener('click', () => { begin(); play(playing); });
  $('language').addEventListener('click', () => speak(text === words.en ? 'ja' : 'en'));
  $('problem').addEventListener('change', () => {
    writeSchedule();
    limitOptimizers();
    changed();
  });
  $('schedule').addEventListener('change', () => {
    writeSchedule();
    changed();
  });
  // While the text is wrong, perhaps because it is incomplete, the pictures stay as they are.
  $('schedule-text').addEventListener('input', () => {
    $('schedule').value = 'own';
    const error = library.check_schedule($('schedule-text').value);
    if (!error) return changed();
    showScheduleError(error);
    play(false);
    faulty = true;
  });
  for (const id of ['rate', 'batch', 'seed', 'images']) $(id).addEventListener('input', changed);
  document.addEventListener('keydown', (event) => {
    if (event.key !== ' ' || event.target.closest('button, select, textarea, input:not([type="range"])')) return;
    event.preventDefault();
    play(!playing);
  });
  const redraw = () => { background = null; dirty = true; };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  new ResizeObserver(redraw).observe($('pictures'));
}

descent_module().then((module) => {
  library = module;
  makeOptimizers();
  speak('en');
  listen();
  usePreset(1);
  requestAnimationFrame(tick);
  window.playground = { library, ready: true };  // for tests
});
