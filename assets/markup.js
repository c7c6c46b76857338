/* HTML that nothing else writes to, drawn as one component. Dash would keep an eye on each cell of a table: it asks every mounted
   component at every step of every answer whether it changed, and a page has thousands of cells.
   `lymphotrace-drawn` tells the scripts of the page that words stand there that did not before. */
(function () {
  "use strict";
  var DRAWN = "lymphotrace-drawn";

  function draw(node) {
    if (Array.isArray(node)) {
      return window.React.createElement.apply(null, [window.React.Fragment, null].concat(node.map(draw)));
    }
    if (node === null || typeof node !== "object") {
      return node;
    }
    if (node.type === "Markup") {
      return draw(node.props.content);
    }
    var properties = Object.assign({}, node.props);
    var children = properties.children;
    delete properties.children;
    var drawn = children === undefined ? [] : (Array.isArray(children) ? children : [children]).map(draw);
    return window.React.createElement.apply(null, [node.type.toLowerCase(), properties].concat(drawn));
  }

  function Markup(props) {
    window.React.useEffect(
      function () {
        document.dispatchEvent(new Event(DRAWN));
      },
      [props.content]
    );
    return draw(props.content);
  }

  window.lymphotrace = Object.assign(window.lymphotrace || {}, { Markup: Markup });
})();
