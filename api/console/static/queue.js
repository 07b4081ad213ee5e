// The queue by keyboard. A decision shows at once, is written down in this browser, sent, and sent
// again until the service has answered: the request id makes one that arrives twice count once.
"use strict";

(() => {
  const desk = document.getElementById("desk");
  const listed = document.getElementById("listed");
  const alone = document.getElementById("alone");
  const place = desk ?? listed ?? alone;
  if (!place) return;
  const words = place.dataset;

  /** A text that counts, in the plural form of the page's language: `forms` is JSON by form. */
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const counted = (forms, count) => {
    const all = JSON.parse(forms);
    return (all[plural.select(count)] ?? all.other).replace("{count}", count);
  };

  // ---- Requests ----------------------------------------------------------------------------

  const RETRY = [500, 1000, 2000, 4000, 8000, 15000];
  const HELD_BACK = "held back";
  /** What the answer to a decision told on a page that was left at once, for the next one to say. */
  const TOLD = "console-told";

  /** Sends a form in the background. Throws HELD_BACK where no answer came; sending again helps. */
  async function send(path, fields) {
    const body = new URLSearchParams(fields);
    let answer;
    try {
      answer = await fetch(path, {
        method: "POST",
        body,
        headers: { "HX-Request": "true", "X-CSRF-Token": place.dataset.csrf },
        signal: AbortSignal.timeout(15000),
      });
    } catch {
      throw HELD_BACK;
    }
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) {
      location.assign(elsewhere);
      throw HELD_BACK;
    }
    if (answer.status >= 500 || answer.status === 429) throw HELD_BACK;
    if (!answer.ok) {
      const told = answer.headers.get("X-Told");
      throw new Error(told ? decodeURIComponent(told) : `${document.body.dataset.wentWrong} (${answer.status})`);
    }
    return answer;
  }

  // ---- Decisions that were not confirmed yet, kept over a reload ------------------------------

  const outbox = {
    key: `console-outbox-${words.account}`,
    sending: null,
    entries() {
      try {
        return JSON.parse(localStorage.getItem(this.key) ?? "[]");
      } catch {
        return [];
      }
    },
    keep(entries) {
      localStorage.setItem(this.key, JSON.stringify(entries));
    },
    add(entry) {
      this.keep([...this.entries(), entry]);
      return this.flush();
    },
    drop(request) {
      this.keep(this.entries().filter((entry) => entry.request !== request));
    },
    flush() {
      this.sending ??= this.work().finally(() => (this.sending = null));
      return this.sending;
    },
    async work() {
      let tries = 0;
      let warning = null;
      for (let [entry] = this.entries(); entry; [entry] = this.entries()) {
        try {
          const answer = await send(entry.path, { ...entry.fields, request: entry.request });
          this.drop(entry.request);
          tries = 0;
          const said = await answer.json();
          confirmed(entry, said.items);
          if (said.told && alone) sessionStorage.setItem(TOLD, said.told);
          else if (said.told) consoleToast(said.told, "info", 12);
        } catch (error) {
          if (error === HELD_BACK) {
            warning ??= consoleToast("", "error", 86400);
            warning.textContent = words.unsent.replace("{count}", this.entries().length);
            await new Promise((resume) => {
              setTimeout(resume, RETRY[Math.min(tries++, RETRY.length - 1)]);
              window.addEventListener("online", resume, { once: true });
            });
          } else {
            this.drop(entry.request);
            refused(entry, error.message);
          }
        }
      }
      warning?.remove();
    },
  };

  window.addEventListener("beforeunload", (event) => {
    if (outbox.entries().length) event.preventDefault();
  });

  // ---- The items on the desk -----------------------------------------------------------------

  const items = () => [...place.querySelectorAll(listed ? "tbody tr[data-id]:not([hidden])" : ".item:not([hidden])")];
  const find = (id) => place.querySelector(`[data-id="${CSS.escape(id)}"]`);
  let current = null;

  function focus(item, scrolls = true) {
    current?.removeAttribute("aria-current");
    current = item ?? null;
    if (!current) return;
    current.setAttribute("aria-current", "true");
    current.focus({ preventScroll: true });
    if (scrolls) current.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = items();
    const at = all.indexOf(current);
    focus(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
  }

  function hide(item) {
    const all = items();
    const at = all.indexOf(item);
    item.hidden = true;
    item.querySelector('input[name="item"]').checked = false;
    if (item !== current) return told();
    focus(all[at + 1] ?? all[at - 1]);
    // Where nothing is left, the way on is what stands ready.
    if (!current) document.querySelector("#next button")?.focus({ preventScroll: true });
    told();
  }

  function told() {
    const empty = document.getElementById("desk-empty");
    if (empty) empty.hidden = items().length > 0;
    const chosen = selected();
    const bar = document.getElementById("bulk-bar");
    bar.hidden = chosen.length === 0;
    bar.querySelector(".bulk-count").textContent = counted(words.selected, chosen.length);
    for (const item of place.querySelectorAll("[data-id]"))
      item.classList.toggle("selected", Boolean(item.querySelector('input[name="item"]')?.checked));
  }

  // ---- Deciding -------------------------------------------------------------------------------

  const decided = [];
  /** Decisions that are being undone; until they have arrived it is not known what went with them. */
  const leaving = new Set();
  const undoSeconds = Number(words.undoSeconds ?? 30);
  const SAID = { approve: "approved", reject: "rejected", escalate: "escalated" };

  function decide(item, outcome, clause) {
    if (!item?.querySelector('button[name="outcome"]')) return;
    const form = item.querySelector("form.actions");
    const together = form.elements.together?.checked;
    const fields = { outcome };
    if (outcome === "reject") fields.clause = clause ?? form.elements.clause.value;
    if (together) fields.together = "true";
    const id = item.dataset.id;
    if (alone) {
      // One decision, however often a key is pressed until the page is left.
      if (item.classList.contains("sending")) return;
      item.classList.add("sending");
    } else hide(item);
    const entry = { request: crypto.randomUUID(), path: `/console/queue/${id}/resolve`, fields, ids: [id] };
    offerUndo(entry, `${words[SAID[outcome]]} ${item.querySelector("bdi")?.textContent ?? ""}`);
    outbox.add(entry).then(() => {
      if (alone && decided.includes(entry)) location.assign("/console/queue");
      else topUp();
    });
  }

  /** What can still be undone is kept for this tab, so that a page that is left takes nothing away. */
  const undoable = {
    key: `console-undoable-${words.account}`,
    keep() {
      const entries = decided.map(({ request, ids, text, until }) => ({ request, ids, text, until }));
      sessionStorage.setItem(this.key, JSON.stringify(entries));
    },
    restore() {
      const entries = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      for (const entry of entries) if (entry.until > Date.now()) offerUndo(entry, entry.text);
    },
  };

  function offerUndo(entry, text) {
    entry.text = text;
    entry.until ??= Date.now() + undoSeconds * 1000;
    decided.push(entry);
    undoable.keep();
    const toast = consoleToast(`${text} `, "info", (entry.until - Date.now()) / 1000);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.undo ?? "↶";
    button.addEventListener("click", () => undo(entry));
    toast.append(button);
    entry.toast = toast;
    const shown = document.querySelectorAll("#toasts .toast:not(.error)");
    // Earlier ones are still undone by the key, one after the other.
    for (const older of [...shown].slice(0, -2)) older.remove();
    return toast;
  }

  function confirmed(entry, ids) {
    const known = [...decided, ...leaving].find((each) => each.request === entry.request);
    if (known) {
      known.ids = ids;
      undoable.keep();
    }
    if (alone) return;
    for (const id of ids) {
      const item = find(id);
      if (item && item !== current) item.remove();
      else if (item) hide(item);
    }
    told();
    refresh();
  }

  function refused(entry, message) {
    for (const id of entry.ids) {
      const item = find(id);
      if (!item) continue;
      item.hidden = false;
      item.classList.remove("sending");
    }
    const known = decided.findIndex((each) => each.request === entry.request);
    if (known >= 0) decided.splice(known, 1)[0].toast?.remove();
    undoable.keep();
    consoleToast(message, "error");
    told();
  }

  async function undo(entry = decided.at(-1)) {
    if (!entry) return;
    decided.splice(decided.indexOf(entry), 1);
    undoable.keep();
    entry.toast?.remove();
    leaving.add(entry);
    await outbox.flush();
    leaving.delete(entry);
    try {
      const answer = await send("/console/queue/undo", entry.ids.map((id) => ["item", id]));
      const html = await answer.text();
      if (desk) {
        for (const id of entry.ids) find(id)?.remove();
        desk.insertAdjacentHTML("afterbegin", html);
        htmx.process(desk);
        focus(items()[0]);
        told();
      } else if (alone) {
        location.assign("/console/queue");
      } else {
        for (const id of entry.ids) if (find(id)) find(id).hidden = false;
      }
      consoleToast(words.undone ?? "");
      refresh();
    } catch (error) {
      if (error === HELD_BACK) {
        decided.push(entry);
        undoable.keep();
        consoleToast(document.body.dataset.noConnection, "error");
      } else consoleToast(error.message, "error");
    }
  }

  // ---- Taking, skipping ------------------------------------------------------------------------

  const skipped = {
    key: "console-skipped",
    all: () => (sessionStorage.getItem("console-skipped") ?? "").split(",").filter(Boolean).slice(-300),
    add(id) {
      sessionStorage.setItem(this.key, [...this.all(), id].join(","));
    },
  };

  let taking = false;
  async function topUp(least = 3) {
    const room = Number(words.desk) - items().length;
    if (!desk || taking || items().length > least || room < 1) return;
    taking = true;
    try {
      const fields = new URLSearchParams(words.query);
      fields.set("count", room);
      fields.set("skipped", skipped.all().join(","));
      const answer = await send("/console/queue/next", fields);
      const fresh = document.createElement("template");
      fresh.innerHTML = await answer.text();
      for (const item of [...fresh.content.querySelectorAll(".item")]) {
        if (find(item.dataset.id)) continue;
        desk.append(item);
        htmx.process(item);
      }
      // Whoever has just come sees the head of the page first.
      if (!current?.isConnected || current.hidden) focus(items()[0], decided.length > 0);
      const empty = document.getElementById("desk-empty");
      const waiting = Number(document.querySelector("#live [data-waiting]")?.dataset.waiting);
      if (items().length === 0) empty.textContent = waiting ? words.nothingMore : words.empty;
      told();
      refresh();
    } catch (error) {
      if (error !== HELD_BACK) consoleToast(error.message, "error");
    } finally {
      taking = false;
    }
  }

  /** Takes what fits; a desk that is full says so. */
  function takeNext() {
    if (items().length >= Number(words.desk)) consoleToast(words.deskFull);
    else topUp(Number(words.desk));
  }

  /** Gives the whole desk back, after what was decided on it has arrived. */
  async function clearDesk(form) {
    await outbox.flush();
    form.submit();
  }

  async function skip(item) {
    if (!item?.querySelector("[data-skip]")) return;
    if (alone) return item.querySelector("[data-skip]").click();
    hide(item);
    skipped.add(item.dataset.id);
    try {
      await send(`/console/queue/${item.dataset.id}/release`, {});
      item.remove();
      consoleToast(words.skipped);
      topUp();
    } catch (error) {
      item.hidden = false;
      consoleToast(error === HELD_BACK ? document.body.dataset.noConnection : error.message, "error");
    }
  }

  // ---- Many at once ----------------------------------------------------------------------------

  const selected = () => items().filter((item) => item.querySelector('input[name="item"]')?.checked);

  function select(item) {
    const box = alone ? null : item?.querySelector('input[name="item"]');
    if (box?.disabled) consoleToast(words.heldByOther);
    else box?.click();
  }

  function bulk(outcome) {
    const chosen = selected();
    if (!chosen.length) return;
    const dialog = document.getElementById("bulk");
    const title = dialog.querySelector("h2");
    title.textContent = counted(title.dataset[outcome], chosen.length);
    dialog.querySelector(".bulk-clause").hidden = outcome !== "reject";
    const previews = dialog.querySelector(".bulk-previews");
    previews.replaceChildren(
      ...chosen.slice(0, 30).map((item) => {
        const line = document.createElement("li");
        line.dir = "auto";
        line.textContent = masked(item).slice(0, 90);
        return line;
      }),
    );
    const form = dialog.querySelector("form");
    if (chosen[0].dataset.proposed) form.elements.clause.value = chosen[0].dataset.proposed;
    form.onsubmit = async (event) => {
      event.preventDefault();
      dialog.close();
      const ids = chosen.map((item) => item.dataset.id);
      const fields = [["outcome", outcome], ...ids.map((id) => ["item", id])];
      if (outcome === "reject") fields.push(["clause", form.elements.clause.value]);
      const entry = { request: crypto.randomUUID(), ids };
      fields.push(["request", entry.request]);
      try {
        const answer = await (await send("/console/queue/bulk", fields)).json();
        entry.ids = answer.items;
        for (const item of chosen) if (answer.items.includes(item.dataset.id)) hide(item);
        if (answer.items.length) offerUndo(entry, title.textContent);
        for (const why of answer.refused.slice(0, 3)) consoleToast(why, "error");
        topUp();
      } catch (error) {
        consoleToast(error === HELD_BACK ? document.body.dataset.noConnection : error.message, "error");
      }
    };
    dialog.showModal();
  }

  function masked(item) {
    const text = (item.querySelector(".words") ?? item.querySelector(".preview a")).cloneNode(true);
    for (const mark of text.querySelectorAll("mark")) mark.textContent = `${mark.textContent.slice(0, 1)}•••`;
    return text.textContent;
  }

  // ---- Notes and rules -------------------------------------------------------------------------

  function note(item) {
    const dialog = document.getElementById("note");
    if (!item || listed) return;
    const form = dialog.querySelector("form");
    form.onsubmit = async (event) => {
      event.preventDefault();
      try {
        const answer = await send(`/console/queue/${item.dataset.id}/note`, { text: form.elements.text.value });
        document.getElementById(`notes-${item.dataset.id}`).innerHTML = await answer.text();
        form.reset();
        dialog.close();
        consoleToast(words.noted);
      } catch (error) {
        consoleToast(error === HELD_BACK ? document.body.dataset.noConnection : error.message, "error");
      }
    };
    dialog.showModal();
  }

  function makeRule(item) {
    if (!item?.querySelector("[data-make-rule]")) return;
    const chosen = getSelection();
    const inside = item.querySelector(".words").contains(chosen.anchorNode);
    const csrf = item.querySelector('[name="csrf"]').value;
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/console/rules/from-item";
    for (const [name, value] of Object.entries({ csrf, item: item.dataset.id, chosen: inside ? chosen.toString() : "" })) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }

  function unveil(item) {
    if (!item?.querySelector("[data-unveil]")) return;
    const veiled = item.classList.toggle("veiled");
    const text = item.querySelector(".words");
    text.ariaHidden = veiled ? "true" : null;
    text.tabIndex = veiled ? -1 : 0;
    // The button goes with the veil: whoever pressed it goes on at the text.
    if (!veiled && item.contains(document.activeElement) && document.activeElement !== item) text.focus({ preventScroll: true });
  }

  // ---- Keys: by their place on the keyboard, since an Arabic layout writes other letters --------

  const KEYS = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    KeyA: () => decide(current, "approve"),
    KeyR: () => decide(current, "reject"),
    KeyE: () => decide(current, "escalate"),
    KeyS: () => skip(current),
    KeyN: () => note(current),
    KeyU: () => undo(),
    KeyV: () => unveil(current),
    KeyM: () => makeRule(current),
    KeyG: () => current?.querySelector('[name="together"]')?.click(),
    KeyX: () => select(current),
    KeyO: () => current?.querySelector(".article-link")?.click(),
    KeyH: () => {
      const comment = current?.dataset.comment ?? current?.querySelector(".words").dataset.comment;
      if (comment) location.assign(`/console/history/${encodeURIComponent(comment)}`);
    },
  };
  const SHIFTED = {
    KeyA: () => bulk("approve"),
    KeyR: () => bulk("reject"),
    KeyE: () => bulk("escalate"),
    KeyS: () => document.getElementById("clear-desk")?.requestSubmit(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.code.startsWith("Arrow")) return;
    if (document.querySelector("dialog[open]")) return;
    const on = event.target;
    if (on.matches("textarea, select, input:not([type=checkbox])")) return;
    if (event.key === "?" || event.key === "؟") return act(event, () => document.getElementById("keys").showModal());
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (digit && !event.shiftKey && !listed) {
      const choices = current?.querySelector('select[name="clause"]')?.options;
      return choices?.[digit - 1] && act(event, () => decide(current, "reject", choices[digit - 1].value));
    }
    if (event.code === "Enter" && listed && on.matches("tr"))
      return act(event, () => on.querySelector(".preview a").click());
    if (event.code === "Enter" && desk && !on.closest("a, button, input, summary")) return act(event, takeNext);
    if (event.code === "Enter" && alone && !on.closest("a, button, input, summary"))
      return act(event, () => current.querySelector("[data-take]")?.click());
    const action = (event.shiftKey ? SHIFTED : KEYS)[event.code];
    if (action) act(event, action);
  });

  function act(event, action) {
    event.preventDefault();
    action();
  }

  // ---- Pointers ----------------------------------------------------------------------------------

  place.addEventListener("click", (event) => {
    const item = event.target.closest("[data-id]");
    if (!item) return;
    if (item !== current) {
      current?.removeAttribute("aria-current");
      current = item;
      item.setAttribute("aria-current", "true");
    }
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-unveil]")) unveil(item);
    else if (button.matches("[data-note]")) note(item);
    else if (button.matches("[data-make-rule]")) makeRule(item);
    else if (button.matches("[data-skip]") && desk) act(event, () => skip(item));
    else if (button.name === "outcome") act(event, () => decide(item, button.value));
  });
  place.addEventListener("focusin", (event) => {
    const item = event.target.closest("[data-id]");
    if (item && item !== current) {
      current?.removeAttribute("aria-current");
      current = item;
      item.setAttribute("aria-current", "true");
    }
  });
  place.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]"))
      for (const box of place.querySelectorAll('input[name="item"]:not(:disabled)')) box.checked = event.target.checked;
    if (event.target.matches('[name="together"]') && event.target.checked)
      event.target.closest("form").querySelector("details.alike").open = true;
    told();
  });
  document.getElementById("bulk-bar").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.bulk) bulk(button.dataset.bulk);
    if (button?.matches("[data-bulk-none]")) {
      for (const box of place.querySelectorAll('input[name="item"]')) box.checked = false;
      told();
    }
  });
  document.getElementById("next")?.addEventListener("submit", (event) => act(event, takeNext));
  document.getElementById("clear-desk")?.addEventListener("submit", (event) => act(event, () => clearDesk(event.target)));

  // ---- Living numbers ------------------------------------------------------------------------------

  const refresh = () => document.getElementById("live") && htmx.trigger("#live", "refresh");
  setInterval(() => document.visibilityState === "visible" && refresh(), 5000);

  // ---- Legend and filters: open where there is room, the legend as it was left ---------------------

  const narrow = matchMedia("(max-width: 40rem)").matches;
  const filters = document.querySelector("details.filters");
  if (filters && narrow) filters.open = false;
  const legend = document.querySelector("details.legend");
  if (legend) {
    const left = localStorage.getItem("console-legend");
    legend.open = left ? left === "open" : !narrow;
    legend.querySelector("summary").addEventListener("click", () => {
      localStorage.setItem("console-legend", legend.open ? "closed" : "open");
    });
  }

  for (const entry of outbox.entries()) for (const id of entry.ids) if (find(id)) find(id).hidden = true;
  outbox.flush();
  undoable.restore();
  if (sessionStorage.getItem(TOLD)) consoleToast(sessionStorage.getItem(TOLD), "info", 12);
  sessionStorage.removeItem(TOLD);
  const taken = location.hash.startsWith("#item-") ? find(location.hash.slice(6)) : null;
  if (!listed) focus(taken ?? items()[0], Boolean(taken));
  told();
  topUp();
})();
