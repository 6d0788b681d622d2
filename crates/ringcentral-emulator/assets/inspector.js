// The inspector: each button is a call of the control API. The page is rendered by the server; this script fetches it
// again and replaces the parts that changed.
"use strict";

const byId = (id) => document.getElementById(id);
const message = byId("message");

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = body;
  }
  const answer = await fetch("/_emulator/" + path, options);
  const text = await answer.text();
  const found = text && (answer.headers.get("Content-Type") || "").includes("json") ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(found.error || "the emulator answered " + answer.status);
  return found;
}

function say(text, isProblem) {
  message.className = isProblem ? "alert" : "done";
  message.textContent = text;
}

async function attempt(work, done) {
  try {
    await work();
    await refresh();
    if (done !== undefined) say(done, false);
  } catch (problem) {
    say(problem.message, true);
  }
}

/* Live figures */

let serverTime = Date.parse(document.body.dataset.now);
let heardAt = performance.now();
let frozen = document.body.dataset.frozen === "true";
const now = () => serverTime + (frozen ? 0 : performance.now() - heardAt);

function left(milliseconds) {
  let seconds = Math.floor(milliseconds / 1000);
  if (seconds < 0) return "over";
  const parts = [[86400, " d"], [3600, " h"], [60, " min"], [1, " s"]]
    .map(([size, unit]) => {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      return [count, unit];
    });
  const first = parts.findIndex(([count]) => count > 0);
  return parts.slice(first < 0 ? 3 : first, (first < 0 ? 3 : first) + 2).map(([count, unit]) => count + unit).join(" ");
}

function tick() {
  const clock = byId("now");
  clock.textContent = new Date(now()).toISOString().replace(/\.\d+Z$/, "Z").replace("T", " ");
  for (const time of document.querySelectorAll("time.until")) {
    const remaining = Date.parse(time.dateTime) - now();
    time.textContent = left(remaining);
    time.title = time.dateTime;
    time.classList.toggle("soon", remaining < 60000);
  }
}

function keep(part, fresh) {
  if (part.dataset.was === undefined) part.dataset.was = part.innerHTML;
  if (part.dataset.was === fresh.innerHTML) return;
  // What a person holds stays in the hand: focus, place in the table, open details.
  const held = part.contains(document.activeElement) ? document.activeElement : null;
  const heldKey = held && held.matches("summary") ? held.parentElement.dataset.key : undefined;
  const detailsOf = (key) => part.querySelector(`details[data-key="${CSS.escape(key)}"]`);
  const open = [...part.querySelectorAll("details[open]")].map((details) => details.dataset.key);
  const place = part.querySelector(".scroll") ? part.querySelector(".scroll").scrollTop : 0;
  part.dataset.was = fresh.innerHTML;
  part.replaceChildren(...fresh.cloneNode(true).childNodes);
  for (const details of open.map(detailsOf).filter(Boolean)) details.open = true;
  if (place && part.querySelector(".scroll")) part.querySelector(".scroll").scrollTop = place;
  if (held) {
    const path = held.dataset.path && `[data-path="${CSS.escape(held.dataset.path)}"]`;
    const body = held.dataset.body ? `[data-body="${CSS.escape(held.dataset.body)}"]` : "";
    const summary = heldKey && detailsOf(heldKey)?.querySelector("summary");
    const same = summary || path && (part.querySelector(path + body) || part.querySelector(path));
    (same || part.querySelector("[tabindex]") || document.body).focus();
  }
}

async function refresh() {
  const answer = await fetch("/_emulator/", { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error("the emulator answered " + answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  serverTime = Date.parse(page.body.dataset.now);
  heardAt = performance.now();
  frozen = page.body.dataset.frozen === "true";
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (part.dataset.part !== "reading" || part.querySelectorAll(".note").length !== fresh.querySelectorAll(".note").length) {
      keep(part, fresh);
    }
  }
  refreshEnvironment(page);
  refreshSettings(page);
  filter();
  tick();
  await showStates();
}

/* Snapshots and worlds, where this emulator has them */

function button(text, attributes) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "small";
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const absent = new Set();

async function showList(id, row) {
  if (absent.has(id)) return;
  let records;
  try {
    records = (await call("GET", id)).records;
  } catch {
    absent.add(id);
    return;
  }
  const box = byId(id);
  box.hidden = false;
  const items = (records || []).map((record) => {
    const item = document.createElement("li");
    item.append(...row(record));
    return item;
  });
  const list = box.querySelector("ul");
  const text = (nodes) => nodes.map((node) => node.outerHTML).join("");
  if (text([...list.children]) !== text(items)) list.replaceChildren(...items);
}

async function showStates() {
  await showList("snapshots", ({ name, time }) => {
    const path = "snapshots/" + encodeURIComponent(name);
    return [
      `${name} (${time}) `,
      button("Restore", { "data-method": "POST", "data-path": path + "/restore", "aria-label": "Restore " + name }),
      " ",
      button("Delete", { "data-method": "DELETE", "data-path": path, "aria-label": "Delete " + name }),
    ];
  });
  await showList("worlds", ({ name, url, inspector }) => {
    const link = document.createElement("a");
    link.href = inspector || url;
    link.textContent = name;
    return [link, ` ${url} `, button("End", { "data-method": "DELETE", "data-path": "worlds/" + encodeURIComponent(name), "aria-label": "End " + name })];
  });
  byId("export").hidden = absent.has("snapshots");
}

/* Requests: a filter of words, all of which a row must hold */

function filter() {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of document.querySelectorAll("#requests tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
}
byId("filter").addEventListener("input", filter);

/* Copying */

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied: " + what, false);
  } catch {
    // No clipboard without https or localhost.
    const dialog = byId("copy-by-hand");
    const area = dialog.querySelector("textarea");
    area.value = text;
    dialog.showModal();
    area.select();
  }
}

function environmentOf(page) {
  return page.getElementById("environment").textContent.trim().split("\n").map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
}

let environment = environmentOf(document);

// In the tutorials' spelling, and in that of newer samples.
const jwtNames = ["RC_JWT", "RC_USER_JWT"];

// A JWT that was added stays.
function refreshEnvironment(page) {
  const fresh = environmentOf(page).concat(environment.filter(([name]) => jwtNames.includes(name)));
  if (JSON.stringify(fresh) === JSON.stringify(environment)) return;
  environment = fresh;
  showEnvironment();
}

function showEnvironment() {
  const quoted = (value) => "'" + value.replaceAll("'", "'\\''") + "'";
  const styles = {
    env: ([name, value]) => `${name}=${value}`,
    shell: ([name, value]) => `export ${name}=${quoted(value)}`,
    powershell: ([name, value]) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  };
  const style = byId("style").value;
  byId("environment").textContent = style === "json"
    ? JSON.stringify(Object.fromEntries(environment), null, 2)
    : environment.map(styles[style]).join("\n");
}
byId("style").addEventListener("change", showEnvironment);
byId("add-jwt").addEventListener("click", async (event) => {
  try {
    const { jwt } = await call("POST", "jwts", "{}");
    environment = environment.filter(([name]) => !jwtNames.includes(name)).concat(jwtNames.map((name) => [name, jwt]));
    showEnvironment();
    event.target.textContent = "Another JWT";
    say("A JWT of the default user is in the settings", false);
  } catch (problem) {
    say(problem.message, true);
  }
});

/* Buttons and forms */

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (!pressed) return;
  const { method, path, body, confirm: question, copy: text, copyFrom, jwt } = pressed.dataset;
  if (pressed.id === "reload") attempt(async () => {}, "Refreshed");
  else if (text) copy(text, text);
  else if (copyFrom) copy(byId(copyFrom).textContent, "the settings");
  else if (jwt) {
    call("POST", "jwts", JSON.stringify({ user: jwt }))
      .then((made) => copy(made.jwt, "a JWT of extension " + jwt))
      .catch((problem) => say(problem.message, true));
  } else if (path) {
    if (question && !window.confirm(question)) return;
    attempt(() => call(method, path, body), "Done: " + (pressed.getAttribute("aria-label") || pressed.textContent.trim()));
  }
});

function order(form) {
  const { scope, type, status, retryAfter, delay, times } = Object.fromEntries(new FormData(form));
  const match = scope === "refresh" ? { grantType: "refresh_token" } : scope ? { path: scope } : {};
  const action = { type };
  if (type === "status") {
    action.status = Number(status);
    if (retryAfter !== "") action.retryAfter = Number(retryAfter);
  } else if (type === "delay") action.delay = delay || "3s";
  else if (type === "truncate") action.bytes = 40;
  return JSON.stringify({ match, action, times: Number(times) || 1 });
}

function changedSettings(form) {
  const patch = {};
  for (const field of form.querySelectorAll("[data-setting]")) {
    const isChanged = field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    if (!isChanged) continue;
    const path = field.dataset.setting.split(".");
    const last = path.pop();
    let at = patch;
    for (const name of path) at = at[name] = at[name] || {};
    at[last] = field.type === "checkbox" ? field.checked : Number(field.value);
  }
  return patch;
}

// What a person has begun to change is left as it is.
function refreshSettings(page) {
  for (const field of byId("change-settings").querySelectorAll("[data-setting]")) {
    const fresh = page.querySelector(`[data-setting="${CSS.escape(field.dataset.setting)}"]`);
    if (!fresh) continue;
    const isChanged = field.value !== field.defaultValue;
    const isTicked = field.checked !== field.defaultChecked;
    const { value, checked } = field;
    field.defaultValue = fresh.defaultValue;
    field.defaultChecked = fresh.defaultChecked;
    if (field.type === "checkbox") field.checked = isTicked ? checked : fresh.defaultChecked;
    else field.value = isChanged ? value : fresh.defaultValue;
  }
}

// Each kind of message has fields of its own.
function showKind() {
  for (const label of document.querySelectorAll("[data-kinds]")) {
    const fits = label.dataset.kinds.split(" ").includes(byId("message-kind").value);
    label.hidden = !fits;
    label.querySelector("input").disabled = !fits;
  }
}
byId("message-kind").addEventListener("change", showKind);

// What a call cannot end with in its direction is not offered.
function showResults() {
  const form = byId("ringing-form");
  for (const group of form.querySelectorAll("optgroup")) {
    const fits = group.label === byId("ringing-direction").value;
    group.hidden = !fits;
    group.disabled = !fits;
    if (!fits && group.querySelector("option:checked")) group.parentElement.value = "";
  }
}
byId("ringing-direction").addEventListener("change", showResults);

function filled(form) {
  const fields = [...form.elements].filter((field) => field.name && !field.disabled && field.value !== "");
  return Object.fromEntries(fields.map(({ name, type, value }) => [name, type === "number" ? Number(value) : value]));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  if (form.id === "order-fault") attempt(() => call("POST", "faults", order(form)), "Ordered");
  else if (form.id === "change-settings") {
    attempt(async () => {
      await call("PATCH", "settings", JSON.stringify(changedSettings(form)));
      for (const field of form.querySelectorAll("[data-setting]")) {
        field.defaultValue = field.value;
        field.defaultChecked = field.checked;
      }
    }, "Changed");
  } else {
    attempt(() => call("POST", form.dataset.path, JSON.stringify(filled(form))), "Done");
  }
});

const live = byId("live");
setInterval(() => {
  if (live.checked && !document.hidden) {
    refresh().catch((problem) => say(problem.message, true));
  }
}, 2000);
setInterval(tick, 1000);
showKind();
showResults();
tick();
showStates();
