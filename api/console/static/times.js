// Tells times in the viewer's own time zone and in the page's language, and keeps relative ones up to
// date. The service writes UTC and says so: without this script that stays.
"use strict";

(() => {
  const page = document.documentElement;
  const locale = `${page.lang}-u-ca-gregory-nu-latn`;
  const comma = page.lang === "ar" ? "،" : ",";
  const AGAIN = 30_000;
  // A unit is used from this part of it on, as the service does when it writes the page.
  const NEARLY = 0.85;
  const UNITS = [
    ["year", 31_536_000],
    ["month", 2_592_000],
    ["week", 604_800],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const date = new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
  const distance = new Intl.RelativeTimeFormat(locale);

  const parts = (at) => Object.fromEntries(date.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = (at) => `${parts(at).day} ${parts(at).month} ${parts(at).year}`;
  const hour = (at) => `${parts(at).hour}:${parts(at).minute}`;
  const moment = (at) => `${day(at)}${comma} ${hour(at)}`;

  function ago(at) {
    const seconds = (at - Date.now()) / 1000;
    const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) / length >= NEARLY) ?? UNITS.at(-1);
    return distance.format(Math.sign(seconds) * Math.round(Math.abs(seconds) / length), unit);
  }

  const TOLD = { moment, day, hour, ago, weekday_hour: (at) => `${parts(at).weekday} ${hour(at)}` };

  function tell(element) {
    const at = new Date(element.dateTime ?? element.dataset.at);
    const told = TOLD[element.dataset.shown](at);
    if (element.dataset.told !== undefined) {
      // In a drawing more may stand behind the time.
      element.textContent = told + element.textContent.slice(element.dataset.told.length);
      element.dataset.told = told;
      return;
    }
    if (element.textContent !== told) element.textContent = told;
    element.title = `${moment(at)} ${parts(at).timeZoneName}`;
  }

  const within = (node) => [...(node.matches("[data-shown]") ? [node] : []), ...node.querySelectorAll("[data-shown]")];
  within(page).forEach(tell);
  page.classList.add("local-times");

  // What comes later, by whatever way, is told alike.
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof Element) within(node).forEach(tell);
    }
  }).observe(page, { childList: true, subtree: true });

  // What is read aloud when it changes must not change by itself.
  setInterval(() => {
    for (const element of document.querySelectorAll('[data-shown="ago"]')) if (!element.closest("[aria-live], [role=status], [role=alert]")) tell(element);
  }, AGAIN);

  // A field for a time shows the viewer's own, and is sent as UTC, which is what addresses say.
  const shifted = (text, back) => {
    const at = new Date(back ? text : `${text}${/Z|[+-]\d\d:\d\d$/.test(text) ? "" : "Z"}`);
    if (!text || Number.isNaN(at.getTime())) return text;
    const minutes = back ? 0 : at.getTimezoneOffset();
    return new Date(at.getTime() - minutes * 60_000).toISOString().slice(0, 16);
  };
  for (const field of document.querySelectorAll("input[data-in-utc]")) {
    const given = field.getAttribute("value");
    if (given) field.value = shifted(/T/.test(given) ? given : `${given}T00:00`, false);
    field.form.addEventListener("formdata", (event) => event.formData.set(field.name, shifted(field.value, true)));
  }
})();
