/* Rows that fold under the row above them. What a reader opened stays open when the table is drawn anew. */
(function () {
  "use strict";
  var open = new Set();

  function nameOf(button) {
    var card = button.closest(".card");
    return (card ? card.id : "") + "|" + button.getAttribute("data-fold");
  }

  function show(element, name, value) {
    if (element.getAttribute(name) !== value) {
      element.setAttribute(name, value);
    }
  }

  /* Inside `place`, whatever was opened before is open. */
  function apply(place) {
    place.querySelectorAll("button[data-fold]").forEach(function (button) {
      show(button, "aria-expanded", String(open.has(nameOf(button))));
    });
    place.querySelectorAll("button[data-fold-all]").forEach(function (button) {
      var folds = Array.from(button.parentNode.querySelectorAll("button[data-fold]"));
      var all = folds.length > 0 && folds.every(function (fold) { return open.has(nameOf(fold)); });
      var words = (all ? "Close all " : "Open all ") + button.getAttribute("data-fold-all");
      show(button, "aria-expanded", String(all));
      if (button.textContent !== words) {
        button.textContent = words;
      }
    });
  }

  function turn(buttons, opened) {
    buttons.forEach(function (button) {
      open[opened ? "add" : "delete"](nameOf(button));
    });
    apply(document);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-fold], button[data-fold-all]");
    if (!button) {
      return;
    }
    var opened = button.getAttribute("aria-expanded") !== "true";
    turn(button.hasAttribute("data-fold") ? [button] : button.parentNode.querySelectorAll("button[data-fold]"), opened);
  });

  window.lymphotraceFolds = { apply: apply };
})();
