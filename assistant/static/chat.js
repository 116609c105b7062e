// What the page does by itself. Everything listens on the document, because Gradio makes and
// replaces the elements.
const WIDE = "(min-width: 1180px)";
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const behavior = calm ? "auto" : "smooth";
const byId = (id) => document.getElementById(id);

// --- from a marker to the words that it stands for ---------------------------------------------

const showQuote = (marker) => {
  const quote = byId(marker.dataset.target);
  document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
  quote.classList.add("lit");
  quote.scrollIntoView({ behavior, block: "nearest" });
  quote.focus({ preventScroll: true });
};

// --- an article in the panel -------------------------------------------------------------------

const openReader = async (address) => {
  const reader = byId("reader");
  const text = byId("reader-text");
  byId("reader-page").href = address;
  text.replaceChildren();
  text.setAttribute("aria-busy", "true");
  reader.showModal();
  const response = await fetch(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  text.replaceChildren(...page.body.children);
  // What the page says is relative to itself.
  text.querySelectorAll("a").forEach((link) => {
    link.href = new URL(link.getAttribute("href"), address);
  });
  text.setAttribute("aria-busy", "false");
  const quote = text.querySelector("mark");
  if (quote) quote.scrollIntoView({ block: "center" });
  else text.scrollTop = 0;
};

const isPlainClick = (event) =>
  event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

document.addEventListener("click", (event) => {
  const reader = byId("reader");
  const marker = event.target.closest(".cite[data-target]");
  const link = event.target.closest(".open-article");
  const quote = event.target.closest("[data-open]");
  if (marker) {
    showQuote(marker);
  } else if (link && isPlainClick(event)) {
    event.preventDefault();
    openReader(link.href);
  } else if (quote && !getSelection().toString()) {
    openReader(new URL(quote.dataset.open, document.baseURI).href);
  } else if (reader && (event.target === reader || event.target.closest("#reader-close"))) {
    reader.close();
  }
});

// One answer after the other: while one is written, Enter only breaks the line.
document.addEventListener(
  "keypress",
  (event) => {
    const asks = event.key === "Enter" && !event.shiftKey && event.target.closest("#question");
    if (asks && byId("stop")) event.stopImmediatePropagation();
  },
  true,
);

// --- what Gradio leaves to do ------------------------------------------------------------------

const follow = () => {
  const live = byId("current");
  const exchange = live && live.querySelector(".exchange");
  if (!exchange) return;
  live.setAttribute("aria-live", "polite");
  // Read aloud once, when it is all there.
  live.setAttribute("aria-busy", String(exchange.dataset.state === "writing"));
  if (live.dataset.shown === exchange.id) return;
  live.dataset.shown = exchange.id;
  exchange.scrollIntoView({ behavior, block: "start" });
};

const label = () => {
  const reader = byId("reader");
  const toggle = document.querySelector("#sidebar > .toggle-button");
  if (!reader || !toggle || toggle.dataset.labelled) return;
  toggle.dataset.labelled = "yes";
  toggle.setAttribute("aria-label", reader.dataset.sidebar);
  toggle.title = reader.dataset.sidebar;
  document.documentElement.lang = reader.lang;
  const upload = document.querySelector("#upload button");
  if (upload) upload.setAttribute("aria-label", reader.dataset.upload);
  if (matchMedia(WIDE).matches && !byId("sidebar").classList.contains("open")) toggle.click();
};

const settle = () => {
  label();
  follow();
};
new MutationObserver(settle).observe(document.body, {
  subtree: true,
  childList: true,
  attributes: true,
  attributeFilter: ["data-state", "id"],
});
settle();
