// Shows a comment under the article as soon as it is published.
document.addEventListener("comment-outcome", ({ detail }) => {
  if (detail.status !== "published") return;
  const item = document.createElement("li");
  const reader = document.createElement("p");
  const text = document.createElement("p");
  reader.className = "reader";
  reader.textContent = "أنت · الآن";
  text.className = "text";
  text.dir = "auto";
  text.textContent = detail.text;
  item.append(reader, text);
  document.querySelector("#published").prepend(item);
  const count = document.querySelector("#count");
  count.textContent = String(Number(count.textContent) + 1);
});
