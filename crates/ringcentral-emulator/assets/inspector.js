// The inspector's buttons: each one is a call of the control API. The page itself is rendered by the server.
"use strict";

const message = document.getElementById("message");

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = body;
  }
  const answer = await fetch("/_emulator/" + path, options);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.error || "the emulator answered " + answer.status);
  }
}

async function refresh() {
  const answer = await fetch("/_emulator/", { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error("the emulator answered " + answer.status);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["users", "apps", "sessions", "requests", "faults", "settings"]) {
    document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
  }
  // The forms beside these two tables keep what was typed into them.
  for (const id of ["messages", "calls"]) {
    const table = document.querySelector("#" + id + " tbody");
    table.replaceChildren(...fresh.querySelector("#" + id + " tbody").childNodes);
  }
  document.querySelector(".clock").replaceChildren(...fresh.querySelector(".clock").childNodes);
}

async function attempt(work, done) {
  try {
    await work();
    await refresh();
    message.className = "";
    message.textContent = done || "";
  } catch (problem) {
    message.className = "alert";
    message.textContent = problem.message;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "reload") {
    attempt(async () => {});
  } else if (button.dataset.path) {
    const { method, path, body, confirm: question } = button.dataset;
    if (question && !window.confirm(question)) return;
    attempt(() => call(method, path, body), "Done: " + button.textContent.trim());
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.path) return;
  event.preventDefault();
  const filled = [...new FormData(form)].filter(([, value]) => value !== "");
  attempt(() => call("POST", form.dataset.path, JSON.stringify(Object.fromEntries(filled))), "Done");
});

const live = document.getElementById("live");
setInterval(() => {
  // Never under a person's hands: a table that is being read stays as it is.
  if (live.checked && !document.hidden && !document.querySelector(".scroll:focus-within, details[open]")) {
    attempt(async () => {});
  }
}, 2000);
