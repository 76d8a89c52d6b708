// Narrows the cards of the index; without it the page is the whole list.
(() => {
  const filter = document.getElementById("filter");
  const [name, day] = filter.querySelectorAll("select");
  const status = filter.querySelector("[role=status]");
  const cards = [...document.querySelectorAll(".card")];
  const show = () => {
    let shown = 0;
    for (const card of cards) {
      const names = card.dataset.names.split(" ");
      const fits = (!name.value || names.includes(name.value)) && card.dataset.day.startsWith(day.value);
      card.hidden = !fits;
      shown += fits;
    }
    for (const section of document.querySelectorAll("main section")) {
      section.hidden = !section.querySelector(".card:not([hidden])");
    }
    status.textContent = `${shown} of ${cards.length} reports shown`;
  };
  filter.addEventListener("input", show);
  filter.querySelector("button").addEventListener("click", () => {
    name.value = day.value = "";
    show();
  });
  // A browser that goes back restores what was chosen.
  addEventListener("pageshow", show);
  filter.hidden = false;
  show();
})();
