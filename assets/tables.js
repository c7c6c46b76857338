/* Tables. The server sends each as one attribute; the page would else hold thousands of components, each of which costs the browser time
   whenever one of them changes. What is built is the same table: its heads, its cells, and its links. */
(function () {
  "use strict";
  var NAMES = { className: "class", tabIndex: "tabindex" };
  var KINDS = ["TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "A", "BUTTON", "SPAN", "STRONG", "CODE", "SMALL", "BR", "DIV", "UL", "LI", "P"];

  function isOwnAddress(address) {
    return address.charAt(0) === "/" && address.charAt(1) !== "/" && address.charAt(1) !== "\\";
  }

  function setProperty(element, name, value) {
    if (name === "children" || value === null || (name === "href" && !isOwnAddress(value))) {
      return;
    }
    element.setAttribute(NAMES[name] || name, value);
  }

  function build(node) {
    if (node === null || node === undefined) {
      return document.createTextNode("");
    }
    if (Array.isArray(node)) {
      var together = document.createDocumentFragment();
      node.forEach(function (part) {
        together.appendChild(build(part));
      });
      return together;
    }
    if (typeof node !== "object") {
      return document.createTextNode(String(node));
    }
    var element = document.createElement(KINDS.indexOf(node.type.toUpperCase()) < 0 ? "span" : node.type);
    Object.keys(node.props).forEach(function (name) {
      setProperty(element, name, node.props[name]);
    });
    element.appendChild(build(node.props.children));
    return element;
  }

  function fill(place) {
    var written = place.getAttribute("data-table");
    if (place.lymphotraceTable !== written) {
      place.lymphotraceTable = written;
      place.replaceChildren(build(JSON.parse(written)));
    }
  }

  function fillAll() {
    document.querySelectorAll("[data-table]").forEach(fill);
  }

  /* Before the browser paints: nobody sees an empty table. */
  new MutationObserver(fillAll).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-table"],
  });
  fillAll();
})();
