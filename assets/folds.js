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

  function apply() {
    document.querySelectorAll("button[data-fold]").forEach(function (button) {
      show(button, "aria-expanded", String(open.has(nameOf(button))));
    });
    document.querySelectorAll("button[data-fold-all]").forEach(function (button) {
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
    apply();
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-fold], button[data-fold-all]");
    if (!button) {
      return;
    }
    var opened = button.getAttribute("aria-expanded") !== "true";
    turn(button.hasAttribute("data-fold") ? [button] : button.parentNode.querySelectorAll("button[data-fold]"), opened);
  });

  var waiting = false;
  new MutationObserver(function () {
    if (!waiting) {
      waiting = true;
      window.requestAnimationFrame(function () {
        waiting = false;
        apply();
      });
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-fold"] });
})();
