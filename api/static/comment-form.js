// <comment-form>: tells which publication term is at stake before a comment is posted, posts it, and
// says what became of it. docs/comment-form.md tells how pages use it.

const PAUSE = 600; // ms without a keystroke before a check
const CHECK_PATIENCE = 2500; // ms that posting waits for a check
const POST_PATIENCE = 15000; // ms until a post counts as failed

const WORDS = {
  ar: {
    dir: "rtl",
    label: "تعليقك",
    post: "أرسل التعليق",
    anyway: "أرسله كما هو",
    rephrase: "أعدّل الصياغة",
    retry: "أعد المحاولة الآن",
    kept: "ما تكتبه محفوظ هنا حتى يُرسل.",
    left: "الأحرف المتبقية:",
    empty: "اكتب تعليقك أولا.",
    long: "التعليق أطول من المسموح به. اختصره ثم أرسله.",
    before: "قبل أن ترسل",
    reject: "بهذه الصيغة قد لا يُنشر تعليقك، لأنه يمسّ شروط النشر:",
    flag: "قد يحتاج تعليقك إلى مراجعة قبل نشره، لأنه يمسّ شروط النشر:",
    sending: "جارٍ الإرسال…",
    published: "نُشر تعليقك. شكرا لمشاركتك.",
    waiting: "وصلنا تعليقك، وسيُنشر بعد أن يراجعه أحد المحررين.",
    refused: "لم يُنشر التعليق",
    why: "أسباب الرفض والتظلّم منه",
    failed: "تعذّر الوصول إلى خدمة التعليقات. تعليقك محفوظ هنا، وسنعيد إرساله تلقائيا.",
    unfit: "تعذّر إرسال التعليق بهذه الصورة. نصّك محفوظ هنا.",
  },
  en: {
    dir: "ltr",
    label: "Your comment",
    post: "Post comment",
    anyway: "Post it as it is",
    rephrase: "Rephrase",
    retry: "Try again now",
    kept: "What you write is kept here until it is sent.",
    left: "Characters left:",
    empty: "Write your comment first.",
    long: "The comment is too long. Shorten it, then post it.",
    before: "Before you post",
    reject: "Worded like this it may not be published, as it touches the publication terms:",
    flag: "It may need a review before it appears, as it touches the publication terms:",
    sending: "Sending…",
    published: "Your comment is published. Thank you for taking part.",
    waiting: "We have your comment. It will appear once an editor has read it.",
    refused: "The comment was not published",
    why: "The reasons, and how to appeal",
    failed: "The service cannot be reached. Your comment is kept here and will be sent again.",
    unfit: "The comment could not be sent like this. It is kept here.",
  },
};

// Colours follow the page's own color-scheme.
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host{display:block;--ink:var(--comment-ink,light-dark(#1c1b19,#ece8e1));--muted:var(--comment-muted,light-dark(#5d5a54,#b3ada2));--paper:var(--comment-paper,light-dark(#fff,#1d1c1a));--line:var(--comment-line,light-dark(#8c877d,#7d776c));--accent:var(--comment-accent,light-dark(#7a1f1f,#e5a19a));--on-accent:var(--comment-on-accent,light-dark(#fff,#1d1c1a));color:var(--ink);font:var(--comment-font,1.125rem/1.75 "Noto Naskh Arabic",Amiri,"Geeza Pro",Georgia,serif)}
*{box-sizing:border-box}
label,.title{font-weight:700}
textarea{display:block;width:100%;min-height:8.5em;margin-top:.35em;padding:.8em;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:var(--comment-radius,3px);resize:vertical}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.note>div{margin-top:.8em;padding:.1em 1em;border-inline-start:4px solid var(--tone,var(--line));overflow-wrap:anywhere}
.notice{--tone:var(--comment-notice,light-dark(#8a5a00,#e3b45c))}
.good{--tone:var(--comment-good,light-dark(#1e6b3a,#82cf9c))}
.bad{--tone:var(--comment-bad,light-dark(#9c1c1c,#f09a92))}
p{margin:.25em 0}
.title{color:var(--tone)}
mark{unicode-bidi:isolate;margin-inline-start:.6em;color:var(--muted);background:none;border-bottom:2px solid var(--tone)}
a{color:var(--accent)}
.row{display:flex;flex-wrap:wrap;gap:.7em;align-items:center;margin-top:.9em}
button{font:inherit;font-weight:700;padding:.2em 1.3em;border:1px solid var(--accent);border-radius:var(--comment-radius,3px);color:var(--on-accent);background:var(--accent)}
[aria-disabled=true]{opacity:.65}
.row:has(.rephrase:not([hidden])) .post{order:1;color:var(--accent);background:none}
small{flex:1 1 14em;order:2;font-size:.85em;color:var(--muted)}
`);

/** An element; children are elements or text, never markup. */
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const line = (...children) => make("p", {}, ...children);
const title = (text) => make("p", { className: "title" }, text);
const atStake = (verdict) => verdict && verdict.action !== "allow";
const length = (text) => [...text].length;

/** Replaces the plain form, which says where to post and about what. */
const enhance = (host, plain) => {
  const fields = new FormData(plain);
  const field = (name) => fields.get(name) || null;
  const action = new URL(plain.getAttribute("action"), document.baseURI);
  const typed = plain.querySelector("textarea");
  const longest = typed?.maxLength > 0 ? typed.maxLength : 20000; // code points
  const keyId = (field("key") ?? "").split("_")[1];
  const context = {
    article: {
      id: field("article"),
      title: field("title") ?? "",
      authors: fields.getAll("author"),
      url: field("url"),
      section: field("section"),
    },
    author: field("reader"),
    parent: field("parent"),
  };
  const place = `comment-form ${field("article") ?? location.pathname}`;

  const area = make("textarea", { id: "text" });
  const label = make("label", { htmlFor: "text" });
  const note = make("div", { className: "note", role: "status", ariaLive: "polite" });
  const post = make("button", { className: "post" });
  const rephrase = make("button", { className: "rephrase", type: "button", hidden: true });
  const hint = make("small", { id: "hint" });
  const row = make("div", { className: "row" }, rephrase, post, hint);
  const form = make("form", { noValidate: true }, label, area, note, row);
  area.setAttribute("aria-describedby", "hint");

  let draft; // { id, text, pending }, kept in localStorage until the service has acknowledged it
  let checked = {}; // the last verdict, with its text
  let told; // the text that the reader was told about, and may post as it is
  let spans = []; // the words in question
  let button = "post"; // what the button says
  let busy = false;
  let attempts = 0;
  let quietUntil = 0;
  let pause, retry, checking;

  const lang = () => (/^en\b/i.test(host.closest("[lang]")?.lang) ? "en" : "ar");
  const words = () => WORDS[lang()];
  const say = (wording) => wording?.[lang()] ?? "";

  const show = () => {
    form.lang = lang();
    form.dir = words().dir;
    label.textContent = words().label;
    rephrase.textContent = words().rephrase;
    const left = longest - length(area.value);
    hint.textContent = left < 200 ? `${words().left} ${left}` : words().kept;
    // An empty field keeps the form's direction, for the caret.
    area.dir = area.value ? "auto" : form.dir;
    post.textContent = words()[button];
  };

  /** Says something under the field, or nothing, and what the button does now. */
  const tell = (tone, next, ...children) => {
    button = next ?? "post";
    rephrase.hidden = button !== "anyway";
    post.textContent = words()[button];
    note.replaceChildren(...(tone ? [make("div", { className: tone }, ...children)] : []));
  };

  /** One line for each clause, with the reader's own words. */
  const clauses = (reasons) => {
    spans = reasons.flatMap((reason) => reason.spans);
    return reasons.map((reason) =>
      line(
        make("b", {}, `«${say(reason.text)}»`),
        ...reason.spans.slice(0, 3).map((span) => make("mark", {}, span.text.slice(0, 80))),
      ),
    );
  };

  const nudge = ({ action: verdict, reasons }, text) => {
    told = text;
    const { before, [verdict]: why } = words();
    tell("notice", "anyway", title(before), line(why), ...clauses(reasons));
  };

  const work = (now) => {
    busy = area.readOnly = now;
    post.ariaDisabled = String(now);
  };

  const storage = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null; // Forbidden or full; the text is still in the field.
    }
  };

  const save = () =>
    storage((kept) =>
      draft.text ? kept.setItem(place, JSON.stringify(draft)) : kept.removeItem(place),
    );

  const restore = () => {
    draft = storage((kept) => JSON.parse(kept.getItem(place)));
    if (!draft?.id?.startsWith(`${keyId}-`)) renew(draft?.text);
    area.value = draft.text || typed?.value || "";
    show();
    if (draft.pending) send();
    else if (area.value) changed();
  };

  const renew = (text = "") => {
    // randomUUID would want https; who guesses the id may change the text.
    const random = crypto.getRandomValues(new Uint32Array(4)).join("");
    draft = { id: `${keyId}-${random}`, text };
  };

  const ask = async (path, patience, body, controller = new AbortController()) => {
    const timer = setTimeout(() => controller.abort(), patience);
    try {
      const answer = await fetch(new URL(path, action), {
        method: "POST",
        headers: { Authorization: `Bearer ${field("key")}`, "Content-Type": "application/json" },
        body: JSON.stringify({ ...context, ...body }),
        credentials: "omit",
        signal: controller.signal,
      });
      const wait = Number(answer.headers.get("Retry-After"));
      return { status: answer.status, wait, told: answer.ok ? await answer.json() : null };
    } catch {
      return { status: 0, wait: 0 };
    } finally {
      clearTimeout(timer);
    }
  };

  /** The verdict on a text; nothing where none can be had in time. */
  const check = async (text) => {
    if (checked.text === text) return checked.verdict;
    if (Date.now() < quietUntil || length(text) > longest) return undefined;
    checking?.abort();
    checking = new AbortController();
    const answer = await ask("preview", CHECK_PATIENCE, { text }, checking);
    if (answer.told) checked = { text, verdict: answer.told.verdict };
    else if (answer.status) quietUntil = Date.now() + 1000 * (answer.wait || 2);
    return answer.told?.verdict;
  };

  const changed = () => {
    clearTimeout(pause);
    clearTimeout(retry);
    checking?.abort();
    const { value } = area;
    // A hint stays until the new words are checked; what became of a comment goes at once.
    if (!told || !value.trim()) tell();
    draft = { id: draft.id, text: value };
    save();
    show();
    pause = setTimeout(async () => {
      const verdict = value.trim() && (await check(value));
      if (value !== area.value || busy) return;
      if (atStake(verdict)) nudge(verdict, value);
      else if (told) tell((told = undefined));
    }, PAUSE);
  };

  const submit = async () => {
    const text = area.value;
    const unfit = length(text) > longest ? "long" : !text.trim() && "empty";
    if (unfit) {
      area.focus();
      return tell("notice", "post", line(words()[unfit]));
    }
    clearTimeout(pause);
    if (told !== text) {
      work(true);
      const verdict = await check(text);
      work(false);
      if (atStake(verdict)) return nudge(verdict, text);
    }
    draft = { id: draft.id, text };
    return send();
  };

  /** Posts the draft under its id, which stays until the service has answered. */
  const send = async () => {
    clearTimeout(retry);
    draft.pending = true;
    save();
    work(true);
    tell("wait", "post", line(words().sending));
    const answer = await ask("comments", POST_PATIENCE, { id: draft.id, text: draft.text });
    work(false);
    told = undefined;
    if (answer.told) {
      attempts = 0;
      outcome(answer.told);
    } else if ([0, 408, 429].includes(answer.status) || answer.status >= 500) {
      later(answer.wait);
    } else {
      draft.pending = false;
      save();
      tell("bad", "post", line(words().unfit));
    }
  };

  const later = (asked) => {
    tell("notice", "retry", line(words().failed));
    told = draft.text;
    attempts += 1;
    const wait = Math.max(asked, Math.min(60, 2 ** attempts));
    // Spread out, so that readers do not all meet a service that comes back.
    retry = setTimeout(send, 1000 * wait * (1 + Math.random() / 4));
  };

  /** Opens the statement of reasons, which takes appeals. The key stays out of addresses. */
  const reasons = () => {
    const appeal = host.getAttribute("appeal") ?? field("appeal") ?? "";
    const about = { id: draft.id, lang: lang(), appeal };
    for (const [name, value] of Object.entries(about)) {
      plain.prepend(make("input", { type: "hidden", name, value }));
    }
    plain.action = new URL("form/statement", action);
    plain.target = "_blank";
    plain.submit();
  };

  const outcome = ({ id, status, decision, verdict }) => {
    const detail = { id, status, text: draft.text };
    if (status === "refused") {
      draft.pending = false;
      save();
      told = draft.text;
      const broken = (reason) => reason.action === "reject" || reason.clause === decision?.clause;
      const message = line(say(decision?.message));
      tell("bad", "post", title(words().refused), message, ...clauses(verdict.reasons.filter(broken)));
      note.firstChild.append(
        line(make("button", { type: "button", onclick: reasons }, words().why)),
      );
      rephrase.hidden = false;
    } else {
      renew();
      area.value = "";
      save();
      show();
      tell(status === "published" ? "good" : "notice", "post", title(words()[status]));
    }
    host.dispatchEvent(new CustomEvent("comment-outcome", { bubbles: true, detail }));
  };

  area.oninput = changed;
  area.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  };
  rephrase.onclick = () => {
    area.focus();
    if (spans[0]) area.setSelectionRange(spans[0].start_utf16, spans[0].end_utf16);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!busy) submit();
  };
  addEventListener("online", () => draft.pending && !busy && send());

  const root = host.attachShadow({ mode: "open", delegatesFocus: true });
  root.adoptedStyleSheets = [STYLE];
  root.append(form);
  restore();
  return show;
};

customElements.define(
  "comment-form",
  class extends HTMLElement {
    static observedAttributes = ["lang"];

    connectedCallback() {
      const plain = this.querySelector("form");
      if (plain && !this.shadowRoot) this.show = enhance(this, plain);
    }

    attributeChangedCallback() {
      this.show?.();
    }
  },
);
