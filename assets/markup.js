/* The product's own components. The browser asks every component of a page, several dozen times for each change of the view, whether it
   is meant; so what only shows something is one component with a tree inside, and so is the card of a panel around its figure. */
(function () {
  "use strict";
  /* What Dash's own components understand and elements do not. */
  var UNKNOWN = ["children", "disable_n_clicks", "n_clicks"];
  var HIDDEN = /(^| )card-hidden( |$)/;
  var isAnnounced = false;

  function create() {
    return window.React.createElement.apply(null, arguments);
  }

  function propertiesOf(node) {
    var properties = {};
    Object.keys(node).forEach(function (name) {
      if (UNKNOWN.indexOf(name) < 0) {
        properties[name] = node[name];
      }
    });
    return properties;
  }

  function draw(node) {
    if (Array.isArray(node)) {
      return create.apply(null, [window.React.Fragment, null].concat(node.map(draw)));
    }
    if (node === null || node === undefined || typeof node !== "object") {
      return node === undefined ? null : node;
    }
    if (node.namespace === "lymphotrace") {
      return create(window.lymphotrace[node.type], node.props);
    }
    return create(node.type.toLowerCase(), propertiesOf(node.props), draw(node.props.children));
  }

  /* Other scripts make something of what was drawn; they are told after the reader sees it, once for all of it. */
  function announce() {
    if (!isAnnounced) {
      isAnnounced = true;
      window.requestAnimationFrame(function () {
        window.setTimeout(function () {
          isAnnounced = false;
          window.dispatchEvent(new Event("lymphotrace-drawn"));
        });
      });
    }
  }

  function useAnnouncement(content) {
    window.React.useEffect(announce, [content]);
  }

  /* `content`, and after it the components it holds, inside an `element` with `id` and `attributes`, or by itself. */
  function Markup(given) {
    useAnnouncement(given.content);
    var own = given.element ? Object.assign({}, given.attributes, given.id === undefined ? {} : { id: given.id }) : null;
    return create(given.element ? given.element.toLowerCase() : window.React.Fragment, own, draw(given.content), given.children);
  }

  /* A panel: title, figure and the words under it. The mark is the class of a title whose rest still waits. A figure that nobody has
     asked for yet is not made: an empty one is a hundred elements, to be passed by at every change. */
  function Card(given) {
    var wasShown = window.React.useRef(false);
    wasShown.current = wasShown.current || !HIDDEN.test(given.shown.kind);
    useAnnouncement(given.words);
    var title = "title-" + given.panel + "-" + given.subject;
    return create(
      "section",
      { id: given.id, className: given.shown.kind, "aria-labelledby": title },
      create("h2", { id: title, className: "card-title" }, create("span", { className: given.shown.mark || undefined }, given.shown.title)),
      create("div", { className: "figure figure-" + given.panel, role: "img", "aria-labelledby": title }, wasShown.current ? given.children : null),
      create("div", { className: "words" }, draw(given.words))
    );
  }

  /* Dash asks a component whether it has the properties that a callback names. */
  function any() {
    return null;
  }

  Markup.propTypes = { content: any };
  Card.propTypes = { shown: any, words: any };
  window.lymphotrace = { Card: Card, Markup: Markup };
})();
