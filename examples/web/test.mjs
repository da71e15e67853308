// SPDX-License-Identifier: MIT
// Uses the page with the keyboard alone, as test.sh runs it: node test.mjs PAGE TRAJECTORY FOLDER
import { chromium } from 'playwright-core';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import assert from 'node:assert/strict';

const [, , page_file, trajectory_file, folder] = process.argv;
const profile = mkdtempSync(join(tmpdir(), 'descent-web-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, viewport: { width: 1280, height: 900 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage();
const problems = [];
page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) problems.push(message.text()); });
page.on('pageerror', (error) => problems.push(String(error)));
page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) problems.push(`request: ${request.url()}`); });

const press = (key) => page.keyboard.press(key);
const focused = () => page.evaluate(() => document.activeElement.id);
const text = (selector) => page.locator(selector).innerText();

/// Presses Tab until the control has the focus, which must be visible.
async function go_to(id) {
  for (let k = 0; k < 80 && (await focused()) !== id; ++k) await press('Tab');
  assert.equal(await focused(), id, `Tab does not reach ${id}`);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none', id);
}

async function wait_for_step(step) {
  await page.waitForFunction((wanted) => Number(/\d+/.exec(document.getElementById('status').innerText)[0]) >= wanted, step,
    { timeout: 60000 });
}

/// The first letters of an option choose it in a list.
async function choose(id, letters) { await go_to(id); await page.keyboard.type(letters); }

async function test_loss_falls() {
  await choose('problem', 'Rav');
  assert.equal(await page.inputValue('#problem'), 'ravine');
  await go_to('use-Sgd');
  await press('Space');
  await go_to('use-Adam');
  await press('Space');
  await go_to('rate');
  const before = await text('#rate-value');
  for (let k = 0; k < 8; ++k) await press('ArrowLeft');
  assert.ok(Number(await text('#rate-value')) < Number(before), 'the arrow does not lower the rate');
  await press('Space');
  assert.equal(await text('#play'), 'Pause', 'Space does not play');
  await wait_for_step(200);
  const losses = await page.evaluate(() => Array.from(window.playground.library.losses(0)));
  assert.ok(losses.at(-1) < losses[0] / 2, `the loss fell from ${losses[0]} to ${losses.at(-1)}`);
  assert.equal(await text('#state-Adam'), 'falling');
  await press('Space');
}

async function test_too_high() {
  await choose('problem', 'Bow');
  await go_to('rate');
  await press('End');
  assert.equal(await text('#rate-value'), '10');
  await press('Space');
  await page.waitForFunction(() => document.getElementById('state-Sgd').innerText === 'diverged', null, { timeout: 20000 });
  await page.waitForFunction(() => /learning rate is likely too high|gradient explodes/.test(document.getElementById('diagnosis').innerText));
}

async function test_wrong_schedule() {
  await go_to('schedule-text');
  await press('Control+A');
  await page.keyboard.type('warmup(10) >> Cosine{}');
  const message = await text('#schedule-error');
  assert.match(message, /parse_schedule: at character 15: found 'Cosine', expected/);
  assert.equal(await text('#schedule-error mark'), 'C');
  assert.equal(await page.getAttribute('#schedule-text', 'aria-invalid'), 'true');
  await go_to('play');
  await press('Enter');
  assert.equal(await text('#play'), 'Play', 'a wrong schedule must not play');
  await go_to('schedule-text');
  await press('Control+A');
  await page.keyboard.type('warmup(10) >> CosineDecay{.initial = 1, .steps = 90}');
  assert.equal(await text('#schedule-error'), '');
}

async function test_numbers() {
  const native = readFileSync(trajectory_file, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
  const ours = await page.evaluate(() => {
    const { library } = window.playground;
    library.clear();
    library.add_surface('rosenbrock', 'AdamW', 0.05, '1', 0);
    for (let k = 0; k < 50; ++k) library.step();
    const losses = Array.from(library.losses(0)), path = Array.from(library.path(0));
    return losses.map((loss, k) => [loss, path[2 * k + 2], path[2 * k + 3]]);
  });
  assert.equal(native.length, 50);
  let largest = 0;
  native.forEach((row, k) => row.forEach((value, c) => {
    largest = Math.max(largest, Math.abs(value - ours[k][c]) / Math.max(1, Math.abs(value)));
  }));
  assert.ok(largest <= 1e-12, `50 steps of AdamW differ by ${largest}`);
  console.log(`50 steps of AdamW differ from those of a native program by at most ${largest}`);
}

/// Each preset must show what it says.
async function test_presets() {
  const click = async (k) => {
    await page.reload();
    await page.waitForFunction(() => window.playground?.ready);
    await page.locator('#preset-buttons button').nth(k).focus();
    await press('Enter');
  };
  const findings = async (k, pattern) => {
    await click(k);
    await page.waitForFunction((p) => new RegExp(p).test(document.getElementById('diagnosis').innerText), pattern, { timeout: 90000 });
  };
  await findings(0, 'learning rate is likely too low');
  await findings(2, 'learning rate is likely too high');
  await findings(5, 'the model overfits');
  await click(1);
  await wait_for_step(300);
  assert.equal(await text('#diagnosis'), 'Nothing conspicuous so far.');
  await click(4);
  await wait_for_step(300);
  assert.equal(await text('#state-Sgd'), 'diverged');
  for (const name of ['Adagrad', 'RmsProp', 'Adam', 'Adan', 'Prodigy'])
    assert.equal(await text(`#state-${name}`), 'falling', name);
  const last_loss = async () => page.evaluate(() => Array.from(window.playground.library.losses(0)).at(-1));
  await click(3);
  await wait_for_step(300);
  const with_schedule = await last_loss();
  await choose('schedule', 'Con');
  await go_to('play');
  await press('Enter');
  await wait_for_step(300);
  assert.ok(with_schedule < await last_loss() / 1000, 'the schedule does not help');
  await click(6);
  await wait_for_step(300);
  assert.equal(await text('#batch-value'), '4');
  assert.doesNotMatch(await text('#results'), /diverged/);
}

/// Nothing sticks out of the page, and controls do not move while it plays.
async function test_layout() {
  for (const language of ['en', 'ja']) {
    assert.equal(await page.getAttribute('html', 'lang'), language);
    for (const width of [320, 390, 768, 1280, 1600]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(100);
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(inner <= outer, `${language}: at ${width} pixels the page is ${inner} wide`);
    }
    await page.locator('#language').focus();
    await press('Enter');
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.locator('#preset-buttons button').nth(2).focus();
  await press('Enter');
  await wait_for_step(1);
  const boxes = () => page.evaluate(() => [...document.querySelectorAll('button, input, select, canvas, table')]
    .map((e) => { const r = e.getBoundingClientRect(); return [e.id, r.x, r.y + scrollY]; }).join());
  const early = await boxes();
  await wait_for_step(30);
  assert.equal(await boxes(), early, 'the layout moves while it plays');
}

/// How long the page's own work for a frame takes with six optimizers: only printed.
async function print_frame_time() {
  await page.locator('#preset-buttons button').nth(4).focus();
  await press('Enter');
  await wait_for_step(100);
  const frames = await page.evaluate(() => new Promise((done) => {
    const begin = performance.now();
    let count = 0;
    const next = () => (++count === 120 ? done(120000 / (performance.now() - begin)) : requestAnimationFrame(next));
    requestAnimationFrame(next);
  }));
  console.log(`${frames.toFixed(0)} frames a second with six optimizers`);
}

async function photograph() {
  for (const scheme of ['light', 'dark']) for (const [name, width, height] of [['phone', 390, 844], ['desktop', 1280, 900]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    for (const [title, preset] of [['adaptive', 4], ['too_high', 2], ['overfitting', 5]]) {
      await page.locator('#preset-buttons button').nth(preset).focus();
      await press('Enter');
      await page.waitForFunction(() => document.getElementById('play').innerText === 'Play', null, { timeout: 90000 });
      await page.waitForTimeout(200);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(folder, `${name}_${scheme}_${title}.png`), fullPage: true });
    }
  }
}

try {
  await page.goto(`file://${resolve(page_file)}`);
  await page.waitForFunction(() => window.playground?.ready);
  for (const test of [test_loss_falls, test_too_high, test_wrong_schedule, test_numbers, test_presets, test_layout,
    print_frame_time, photograph]) {
    if (process.env.ONLY && test.name !== process.env.ONLY) continue;
    await page.reload();
    await page.waitForFunction(() => window.playground?.ready);
    await test();
    console.log(`${test.name}: ok`);
  }
  assert.deepEqual(problems, [], 'the console has errors, or the page loads something');
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
