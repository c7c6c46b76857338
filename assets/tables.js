/* Tables. The server sends each as one text of heads and rows; the page would else hold thousands of components, each of which costs
   the browser time whenever one of them changes. The elements, the folds and the links are made here. */
(function () {
  "use strict";
  var NAMES = { className: "class", tabIndex: "tabindex" };
  var KINDS = ["TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "A", "BUTTON", "SPAN", "STRONG", "CODE", "SMALL", "BR", "DIV", "UL", "LI", "P"];

  function isOwnAddress(address) {
    return address.charAt(0) === "/" && address.charAt(1) !== "/" && address.charAt(1) !== "\\";
  }

  function setProperty(element, name, value) {
    if (name === "children" || value === null || value === undefined || (name === "href" && !isOwnAddress(value))) {
      return;
    }
    element.setAttribute(NAMES[name] || name, value);
  }

  function make(kind, properties, children) {
    var element = document.createElement(KINDS.indexOf(kind.toUpperCase()) < 0 ? "span" : kind);
    Object.keys(properties).forEach(function (name) {
      setProperty(element, name, properties[name]);
    });
    element.appendChild(build(children));
    return element;
  }

  /* Text, an element of ours, a part of a page as the server writes it, or several of these. */
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
    if (node instanceof Node) {
      return node;
    }
    return typeof node === "object" ? make(node.type, node.props, node.props.children) : document.createTextNode(String(node));
  }

  function isNumbered(part) {
    return Array.isArray(part) && part[1] === 0;
  }

  /* A link to what is behind a number is called by its text, the name of its row and of its column, so that it can be told by ear. */
  function buildLink(sheet, part, where, isOneOfSeveral) {
    var name = part.length > 3 ? part[0] + " " + part[3] : part[0];
    var own = { href: sheet.to[part[1]] + part[2] + sheet.query, "aria-label": name + ": " + where, "data-internal": "yes" };
    own.className = isOneOfSeveral ? "cell-link cell-part" : "cell-link";
    return make("a", own, part[0]);
  }

  function buildContent(sheet, row, column) {
    var cell = sheet.rows[row][column];
    if (cell === null || typeof cell !== "object" || !cell.parts) {
      return cell;
    }
    var where = sheet.names[row] + ", " + sheet.head[column];
    var isOneOfSeveral = cell.parts.filter(isNumbered).length > 1;
    return cell.parts.map(function (part) {
      return Array.isArray(part) ? buildLink(sheet, part, where, isOneOfSeveral) : part;
    });
  }

  function kindOf(sheet, column) {
    return sheet.left[column] ? "column-words" : null;
  }

  function buildCell(sheet, row, column, isFolding) {
    var content = buildContent(sheet, row, column);
    if (column > 0) {
      return make("td", { className: kindOf(sheet, column), "data-label": sheet.stacked ? sheet.head[column] : null }, content);
    }
    var fold = { type: "button", className: "fold-toggle", "aria-expanded": "false", "data-fold": String(content) };
    return make("th", { scope: "row", className: kindOf(sheet, 0) }, isFolding ? make("button", fold, content) : content);
  }

  function buildRow(sheet, row, isFolding, isFolded) {
    var cells = sheet.rows[row].map(function (_, column) {
      return buildCell(sheet, row, column, isFolding);
    });
    return make("tr", { className: isFolded ? "fold-row" : null }, cells);
  }

  /* The rows of each body: a row of depth 0 with the rows of depth 1 below it, which its button opens. */
  function groupRows(sheet) {
    var bodies = sheet.depths || sheet.apart ? [] : [[]];
    sheet.rows.forEach(function (_, row) {
      if (sheet.apart || (sheet.depths && !sheet.depths[row])) {
        bodies.push([]);
      }
      bodies[bodies.length - 1].push(row);
    });
    return bodies;
  }

  function buildBody(sheet, rows) {
    return make(
      "tbody",
      {},
      rows.map(function (row, place) {
        return buildRow(sheet, row, Boolean(sheet.depths) && place === 0 && rows.length > 1, Boolean(sheet.depths) && place > 0);
      })
    );
  }

  function buildTable(sheet) {
    var heads = sheet.head.map(function (text, column) {
      return make("th", { scope: "col", className: kindOf(sheet, column) }, text);
    });
    var bodies = groupRows(sheet).map(function (rows) {
      return buildBody(sheet, rows);
    });
    var parts = [make("thead", {}, make("tr", {}, heads))].concat(bodies);
    var table = make("table", { className: sheet.stacked ? "table table-stacked" : "table" }, parts);
    var told = { type: "button", className: "action fold-all", "aria-expanded": "false", "data-fold-all": "rows" };
    return sheet.depths ? [make("button", told, "Open all rows"), table] : table;
  }

  /* The table called `name` whose heads and rows are written in `sheet`. It is there before the browser paints. */
  function Table(given) {
    var React = window.React;
    var place = React.useRef(null);
    React.useLayoutEffect(
      function () {
        place.current.replaceChildren(build(buildTable(JSON.parse(given.sheet))));
        window.lymphotraceFolds.apply(place.current);
      },
      [given.sheet]
    );
    return React.createElement("div", { ref: place, className: "table-scroll", tabIndex: "0", role: "region", "aria-label": given.name });
  }

  window.lymphotrace.Table = Table;
})();
