// The rule editor: CodeMirror in the place of the form's text field, checks while one types, trials
// beside it. What is typed is kept in this browser until it is published or forgotten. Without this
// script the form works by its buttons.

const form = document.getElementById("editor");
const field = form.elements.text;
const say = (name) => form.dataset[`say${name[0].toUpperCase()}${name.slice(1)}`];
const byId = (id) => document.getElementById(id);
const AGAIN = 350;
const THOROUGH = 900;

/** Sends the form in the background; null where no answer came, which the page is told. */
async function send(path, extra = {}) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(extra)) body.set(name, value);
  let answer;
  try {
    answer = await fetch(path, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRF-Token": form.elements.csrf.value } });
  } catch {
    consoleToast(document.body.dataset.noConnection, "error");
    return null;
  }
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) {
    location.assign(elsewhere);
    return null;
  }
  if (!answer.ok) {
    const told = answer.headers.get("X-Told");
    consoleToast(told ? decodeURIComponent(told) : `${document.body.dataset.wentWrong} (${answer.status})`, "error");
    return null;
  }
  return answer;
}

// ---- What was not published, kept over a reload ---------------------------------------------------

const file = form.elements.file.value;
const base = form.elements.base.value;
const kept = {
  prefix: `rules-draft ${form.dataset.account} ${file} `,
  get key() {
    return this.prefix + base;
  },
  keys() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
  },
  save(text) {
    try {
      localStorage.setItem(this.key, text);
    } catch {
      // The browser keeps no more: the text is still in the form.
    }
  },
  forget() {
    for (const key of this.keys()) localStorage.removeItem(key);
  },
};
const given = field.value;
const fresh = form.dataset.fresh === "true";
const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";

if (form.dataset.published) {
  kept.forget();
  history.replaceState(null, "", location.pathname);
} else {
  const mine = localStorage.getItem(kept.key);
  const older = kept.keys().find((key) => key !== kept.key);
  if (mine !== null && mine !== given && (fresh || reloaded)) {
    field.value = mine;
    byId("kept").hidden = false;
  } else if (fresh && older) {
    byId("kept").hidden = false;
    const take = byId("kept-take");
    take.hidden = false;
    take.addEventListener("click", () => {
      write(localStorage.getItem(older));
      form.elements.base.value = older.slice(kept.prefix.length);
      form.action = "/console/rules/reapply";
      localStorage.removeItem(older);
      form.submit();
    });
  }
}
byId("kept-drop").addEventListener("click", () => {
  kept.forget();
  write(given);
  byId("kept").hidden = true;
});

// ---- The editor -----------------------------------------------------------------------------------

let view = null;
let library = null;
const written = () => (view ? view.state.doc.toString() : field.value);

function write(text) {
  if (view) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  field.value = text;
}

function goTo(number) {
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  view.dispatch({ selection: { anchor: line.from }, effects: library.EditorView.scrollIntoView(line.from, { y: "center" }) });
  view.focus();
}

const LOOK = {
  "&": { color: "var(--ink)", backgroundColor: "var(--card)", maxBlockSize: "72vh" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "0.9rem", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "-3px" },
  ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--sunk)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  ".cm-tooltip, .cm-panels": { color: "var(--ink)", backgroundColor: "var(--card)", border: "1px solid var(--edge)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--on-accent)", backgroundColor: "var(--accent)" },
  ".cm-completionDetail": { fontStyle: "normal", color: "inherit" },
  ".cm-diagnostic": { fontFamily: "var(--font)" },
};

/** Arabic stretches within a line of YAML, isolated: their order does not touch what is around. */
function isolates({ Decoration, Direction, EditorView, ViewPlugin }) {
  const letter = "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc";
  const stretch = new RegExp(`[${letter}](?:[^\\n,\\[\\]{}#"':]*[${letter}])?`, "g");
  const isolate = Decoration.mark({ class: "cm-rtl", attributes: { dir: "rtl" }, bidiIsolate: Direction.RTL });
  const found = (editor) =>
    Decoration.set(
      editor.visibleRanges.flatMap(({ from, to }) =>
        [...editor.state.sliceDoc(from, to).matchAll(stretch)].map((match) => isolate.range(from + match.index, from + match.index + match[0].length)),
      ),
    );
  return ViewPlugin.fromClass(
    class {
      constructor(editor) {
        this.isolates = found(editor);
      }
      update(change) {
        if (change.docChanged || change.viewportChanged) this.isolates = found(change.view);
      }
    },
    {
      provide: (plugin) => {
        const of = (editor) => editor.plugin(plugin)?.isolates ?? Decoration.none;
        return [EditorView.decorations.of(of), EditorView.bidiIsolatedRanges.of(of)];
      },
    },
  );
}

async function start() {
  library = await import(form.dataset.codemirror);
  const { basicSetup, autocompletion, EditorState, EditorView, HighlightStyle, indentUnit, indentWithTab, keymap, lintGutter, syntaxHighlighting, tags, yaml } = library;
  const colours = HighlightStyle.define([
    { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--religion_attack)" },
    { tag: [tags.string, tags.content], color: "var(--ink)" },
    { tag: tags.comment, color: "var(--muted)" },
    { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace, tags.labelName, tags.typeName], color: "var(--divine_insult)" },
  ]);
  const narrow = matchMedia("(max-width: 40rem)").matches;
  // In a shadow tree its styles are adopted sheets, which the page's content policy allows.
  const root = byId("code").attachShadow({ mode: "open" });
  view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        basicSetup,
        file.endsWith(".yaml") ? [yaml(), autocompletion({ override: [complete], icons: false })] : [],
        syntaxHighlighting(colours),
        EditorView.theme(LOOK),
        EditorView.contentAttributes.of({ dir: "ltr", tabindex: "0", "aria-label": `${file} – ${byId("escape-hint").textContent}` }),
        narrow ? EditorView.lineWrapping : [],
        EditorView.perLineTextDirection.of(true),
        isolates(library),
        indentUnit.of("  "),
        lintGutter(),
        keymap.of([indentWithTab]),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
      ],
    }),
  });
  field.hidden = true;
  byId("code").hidden = false;
  form.classList.add("scripted");
  if (Number(form.dataset.line)) goTo(Number(form.dataset.line));
  check("quick");
}

// ---- Checks ---------------------------------------------------------------------------------------

let round = 0;
/** Whether the present text has no errors; null while that is not known. */
let sound = null;
/** Whether the whole check of the present text has ended; null while it goes on, false where it failed. */
let proven = null;
let waiting = 0;
const busy = { quick: false, thorough: false };

function changed() {
  round += 1;
  sound = null;
  proven = null;
  field.value = written();
  clearTimeout(waiting);
  waiting = setTimeout(() => check("quick"), AGAIN);
  if (written() === given && fresh) kept.forget();
  else kept.save(written());
  tellOfPublishing();
}

/** Asks what is wrong: first what is told soon, then everything. One question of a kind at a time. */
async function check(kind) {
  if (busy[kind]) return;
  clearTimeout(waiting);
  busy[kind] = true;
  const asked = round;
  tell(kind === "quick" ? "checking" : "proving");
  let found = { failure: say("unchecked") };
  try {
    const answer = await send("/console/rules/check", { thorough: String(kind === "thorough") });
    if (answer) found = await answer.json();
  } catch {
    // An answer that broke off, or is none: the text was not checked.
  } finally {
    busy[kind] = false;
  }
  if (asked !== round) {
    // The text has changed meanwhile.
    if (kind === "quick") await check("quick");
    else if (sound && proven === null) await check("thorough");
    return;
  }
  if (found.failure) {
    proven = false;
    tell("unchecked", "warn", found.failure);
    tellOfPublishing();
    return;
  }
  show(found.problems);
  sound = !found.problems.some((problem) => problem.level === "error");
  if (!sound) tell("broken", "bad");
  else if (kind === "quick") {
    tell("proving");
    waiting = setTimeout(() => check("thorough"), THOROUGH);
    tryOut();
  } else {
    proven = true;
    tell("sound", "good");
  }
  tellOfPublishing();
}

/** Waits until nothing more can be learnt of the present text: it has errors, or its check is over. */
async function settled() {
  while (proven === null && sound !== false) {
    await check(sound === null ? "quick" : "thorough");
    // One that is under way already is waited for.
    if (proven === null && sound !== false) await new Promise((done) => setTimeout(done, AGAIN));
  }
}

function tell(name, kind = "", why = "") {
  const parts = [made("span", `badge ${kind}`, say(name))];
  if (why && why !== say(name)) {
    const more = made("span", "small muted");
    more.append(...said(why));
    parts.push(more);
  }
  if (name === "sound") {
    parts.push(made("span", "small muted", fresh && written() === given ? say("ready") : say("editing")));
  }
  byId("state").replaceChildren(...parts);
}

const place = (problem) => {
  const line = view.state.doc.line(Math.min(Math.max(problem.line, 1), view.state.doc.lines));
  const from = Math.min(line.from + Math.max(problem.column - 1, 0), line.to);
  return { from, to: line.to };
};

function show(problems) {
  const here = problems.filter((problem) => problem.here && problem.line);
  const severities = { error: "error", warning: "warning", note: "info" };
  const marks = here.map((problem) => ({
    ...place(problem),
    severity: severities[problem.level],
    message: `${problem.title}: ${problem.message}${problem.remedy ? ` (${problem.remedy})` : ""}`,
  }));
  view.dispatch(library.setDiagnostics(view.state, marks));
  byId("problems").replaceChildren(problems.length ? listed(problems) : "");
}

function listed(problems) {
  const list = made("ul", "problems");
  for (const problem of problems) {
    const item = made("li", `problem ${problem.level}`);
    item.append(made("span", `badge ${{ error: "bad", warning: "warn" }[problem.level] ?? ""}`, say(`level_${problem.level}`.replace(/_(.)/, (_, letter) => letter.toUpperCase()))), " ", made("b", "", problem.title), " ");
    if (problem.here && problem.line) {
      const link = made("a", "", say("line").replace("{line}", problem.line));
      Object.assign(link, { href: "#code" });
      link.dataset.line = problem.line;
      item.append(link);
    } else {
      const elsewhere = made("bdi", "", problem.line ? `${problem.file}:${problem.line}` : problem.file);
      elsewhere.dir = "ltr";
      item.append(elsewhere);
    }
    const message = made("p");
    message.append(...said(`${problem.message}${problem.remedy ? ` — ${problem.remedy}` : ""}`));
    Object.assign(message, { dir: "auto", lang: problem.language });
    if (problem.key) {
      const key = made("code", "", problem.key);
      key.dir = "ltr";
      message.prepend(key, ": ");
    }
    item.append(message);
    list.append(item);
  }
  return list;
}

/** A text as nodes: what stands between isolates is what another program says, in English. */
function said(text) {
  return text.split(/\u2068([^\u2069]*)\u2069/).map((part, at) => (at % 2 ? Object.assign(made("span", "", part), { lang: "en", dir: "ltr" }) : part));
}

function made(kind, name = "", text = "") {
  const node = document.createElement(kind);
  if (name) node.className = name;
  node.textContent = text;
  return node;
}

byId("problems").addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link || !view) return;
  event.preventDefault();
  goTo(Number(link.dataset.line));
});
byId("check").addEventListener("click", (event) => {
  if (!view) return;
  event.preventDefault();
  check("thorough");
});

// ---- Trials ---------------------------------------------------------------------------------------

let trial = 0;
let trying = 0;

/** Judges the comment by the text as it stands. */
async function tryOut() {
  clearTimeout(trying);
  if (!form.elements.comment.value.trim()) return;
  const mine = ++trial;
  byId("tried").ariaBusy = "true";
  const answer = await send("/console/rules/try");
  if (mine !== trial || !answer) return;
  const shown = await answer.text();
  if (mine !== trial) return;
  byId("tried").innerHTML = shown;
  byId("tried").ariaBusy = "false";
}

for (const name of ["comment", "title", "author", "section", "parent"]) {
  form.elements[name].addEventListener("input", () => {
    clearTimeout(trying);
    trying = setTimeout(tryOut, AGAIN);
  });
}
byId("try").addEventListener("click", (event) => {
  event.preventDefault();
  tryOut();
});
/** Of which text the last dry run was begun, and whether its first answer is still to come. */
let run = { of: null, begins: false };
const runs = () => run.of === round && (run.begins || byId("progress") !== null);

byId("dry-run").addEventListener("click", async (event) => {
  event.preventDefault();
  const button = event.currentTarget;
  button.disabled = true;
  run = { of: round, begins: true };
  tellOfPublishing();
  const answer = await send("/console/rules/dry-run");
  button.disabled = false;
  run.begins = false;
  if (answer) {
    byId("run").innerHTML = await answer.text();
    htmx.process(byId("run"));
  }
  tellOfPublishing();
});
byId("run").addEventListener("htmx:afterSettle", () => tellOfPublishing());
if (byId("progress")) run.of = round;

// ---- Publishing -----------------------------------------------------------------------------------

const now = byId("publish-now");

/** What has not ended, or could not be run, is said beside the button and wants a word before it. */
function tellOfPublishing() {
  if (!now) return;
  for (const [name, holds] of Object.entries({ unchecked: proven === false, unawaited: runs() })) {
    byId(name).hidden = !holds;
    const box = form.elements[name];
    box.required = holds;
    if (!holds) box.checked = false;
  }
}

if (now) {
  const dialog = made("dialog");
  dialog.id = "publish";
  dialog.setAttribute("aria-labelledby", "publish-title");
  const section = byId("publishing");
  const opener = made("button", "", now.textContent);
  Object.assign(opener, { type: "button", id: "publish-open" });
  section.before(dialog);
  section.classList.remove("card");
  dialog.append(section);
  const cancel = made("button", "secondary", form.dataset.sayCancel);
  cancel.type = "button";
  cancel.dataset.closes = "";
  now.after(cancel);
  byId("check").before(opener);
  opener.addEventListener("click", async () => {
    if (opener.ariaDisabled === "true") return;
    // It keeps the focus: whoever pressed it by keyboard stands where the answer comes.
    opener.ariaDisabled = "true";
    opener.textContent = say("waits");
    await settled();
    opener.ariaDisabled = null;
    opener.textContent = now.textContent;
    if (sound === false) {
      consoleToast(say("broken"), "error");
      byId("problems").querySelector("a")?.focus();
    } else {
      tellOfPublishing();
      dialog.showModal();
    }
  });
  const why = form.elements.why;
  why.required = true;
  why.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    now.click();
  });
  if (why.ariaInvalid === "true") dialog.showModal();
}
tellOfPublishing();
form.addEventListener("submit", () => {
  field.value = written();
});

// ---- Completion: keys and values, by where the cursor is ------------------------------------------

let known = null;

async function complete(context) {
  known ??= await fetch("/console/rules/schema").then((answer) => (answer.ok ? answer.json() : null));
  if (!known) return null;
  const before = context.state.sliceDoc(context.state.doc.lineAt(context.pos).from, context.pos);
  const word = /[\w/-]*$/.exec(before)[0];
  if (!word && !context.explicit && !/[:{[,]\s$/.test(before)) return null;
  const { path, value } = whereIs(context.state.doc, context.pos);
  const nodes = path.reduce((found, step) => found.flatMap((node) => inside(node, step)), options(known.schema));
  const offered = value ? valuesOf(nodes, path.at(-1)) : keysOf(nodes);
  return offered.length ? { from: context.pos - word.length, options: offered, validFor: /^[\w/-]*$/ } : null;
}

/** The path of keys and `-` that leads to a place, and whether a value stands there or a key. */
function whereIs(doc, position) {
  const line = doc.lineAt(position);
  const before = line.text.slice(0, position - line.from);
  const { steps, value } = inLine(before);
  const path = [];
  let indent = /^[ -]*/.exec(line.text.slice(0, before.length))[0].length;
  if (/^\s*- /.test(before)) {
    path.unshift("-");
    indent = before.indexOf("-");
  }
  for (let number = line.number - 1; number > 0 && indent > 0; number -= 1) {
    const text = doc.line(number).text;
    if (!text.trim() || text.trim().startsWith("#")) continue;
    const dash = /^( *)((?:- )*)/.exec(text);
    const column = dash[1].length + dash[2].length;
    const key = /^([\w-]+):/.exec(text.slice(column));
    if (column < indent && key) {
      path.unshift(key[1]);
      indent = column;
    }
    if (dash[2] && dash[1].length < indent) {
      path.unshift("-");
      indent = dash[1].length;
    }
  }
  return { path: [...path, ...steps], value };
}

/** The same within one line, through `{`, `[` and `key:`. */
function inLine(before) {
  const open = [];
  let key = null;
  for (const [token] of before.replace(/^\s*(?:- )*/, "").matchAll(/"[^"]*"?|'[^']*'?|[\w-]+:(?=\s|$)|[{}[\],]/g)) {
    if (token.endsWith(":") && token.length > 1) key = token.slice(0, -1);
    else if (token === "{" || token === "[") {
      open.push(...(key ? [key] : []), ...(token === "[" ? ["-"] : []));
      open.push(token);
      key = null;
    } else if (token === "}" || token === "]") {
      while (open.length && open.pop() !== (token === "}" ? "{" : "["));
      while (open.length && !["{", "["].includes(open.at(-1))) open.pop();
      key = null;
    } else if (token === "," && open.at(-1) !== "[") key = null;
  }
  const steps = open.filter((step) => !["{", "["].includes(step));
  return { steps: key ? [...steps, key] : steps, value: key !== null || open.at(-1) === "[" };
}

function options(node) {
  const resolved = node.$ref ? known.schema.$defs[node.$ref.split("/").at(-1)] : node;
  return [resolved, ...(resolved.anyOf ?? []).flatMap(options)];
}

function inside(node, step) {
  if (step === "-") return node.items ? options(node.items) : [];
  const named = node.properties?.[step] ?? node.additionalProperties ?? Object.values(node.patternProperties ?? {})[0];
  return named && typeof named === "object" ? options(named) : [];
}

function keysOf(nodes) {
  const keys = new Map(nodes.flatMap((node) => Object.entries(node.properties ?? {}).map(([key, child]) => [key, [child, node.required?.includes(key)]])));
  return [...keys].map(([key, [child, required]]) => ({ label: key, apply: `${key}: `, type: "property", boost: required ? 1 : 0, info: child.description }));
}

function valuesOf(nodes, key) {
  if (key === "clause") return Object.entries(known.clauses).map(([label, detail]) => ({ label, detail, type: "enum" }));
  const values = nodes.flatMap((node) => node.enum ?? (node.const === undefined ? (node.type === "boolean" ? ["true", "false"] : []) : [String(node.const)]));
  const lists = /^(list)$/.test(key) ? known.lists : [];
  return [...values, ...lists].map((label) => ({ label: String(label), type: "enum" }));
}

start();
