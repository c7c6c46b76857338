/* What a page does without asking the server: copy the address, save a figure, follow a link in place, fold the rail. */
(function () {
  "use strict";
  var LINE = 118;

  function go(href) {
    if (new URL(href, window.location.href).pathname !== window.location.pathname) {
      window.lymphotraceGuard.turn();
    }
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  window.lymphotraceGo = go;

  /* The canonical address of what is shown. The address bar may say the same in other words, as somebody typed it. */
  window.lymphotraceAddress = function () {
    var layout = window.dash_component_api && window.dash_component_api.getLayout("view");
    var view = layout && layout.props && layout.props.data;
    return window.location.origin + window.location.pathname + (view ? "?" + view.query : window.location.search);
  };

  function copyLink(button) {
    var said = button.textContent;
    function tell(words) {
      button.textContent = words;
      window.setTimeout(function () {
        button.textContent = said;
      }, 1500);
    }
    navigator.clipboard.writeText(window.lymphotraceAddress()).then(
      function () {
        tell("Copied");
      },
      function () {
        tell("Copy the address bar");
      }
    );
  }

  function wrap(text) {
    var lines = [""];
    text.split(/\s+/).forEach(function (word) {
      var last = lines.length - 1;
      if (lines[last].length + word.length + 1 > LINE) {
        lines.push(word);
      } else {
        lines[last] += (lines[last] ? " " : "") + word;
      }
    });
    return lines;
  }

  function escapeText(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  /* What a saved figure says about itself, in its footer and in its metadata. */
  function factsOf(card) {
    var today = new Date().toISOString().slice(0, 10);
    var caption = card.querySelector(".caption").textContent;
    var shown = card.querySelector(".shown summary, p.shown");
    var study = document.querySelector(".study-name").textContent;
    var fingerprint = document.getElementById("fingerprint").textContent;
    return {
      title: card.querySelector(".card-title").textContent,
      selection: caption + " " + (shown ? shown.textContent + "." : ""),
      study: study,
      fingerprint: fingerprint,
      date: today,
      address: window.lymphotraceAddress(),
    };
  }

  function footerOf(facts) {
    return wrap(facts.selection)
      .concat(wrap(facts.study + ". View " + facts.fingerprint + ". Saved " + facts.date + ". " + facts.address))
      .map(escapeText);
  }

  function composeImage(card, graph, facts) {
    var lines = footerOf(facts);
    var margin = graph._fullLayout.margin;
    var top = margin.t + 34;
    var bottom = margin.b + 26 + 14 * lines.length;
    var width = Math.max(900, graph.clientWidth);
    var height = Math.round(graph.clientHeight * (width / graph.clientWidth) * 0.8) + top + bottom;
    var plain = { showarrow: false, align: "left", xref: "paper", xanchor: "left", yref: "paper" };
    var legend = ((graph.layout.meta && graph.layout.meta.legend) || []).map(function (entry) {
      return '<span style="color:' + entry[1] + '">━ ' + entry[0] + "</span>";
    });
    var title = Object.assign({}, plain, {
      text: "<b>" + escapeText(card.querySelector(".card-title").textContent) + "</b>   " + legend.join("   "),
      x: 0,
      xshift: -margin.l + 8,
      y: 1,
      yanchor: "bottom",
      yshift: margin.t,
      font: { size: 15 },
    });
    var footer = Object.assign({}, plain, {
      text: lines.join("<br>"),
      x: 0,
      xshift: -margin.l + 8,
      y: 0,
      yanchor: "top",
      yshift: -margin.b - 18,
      font: { size: 10 },
    });
    var layout = Object.assign({}, graph.layout, {
      width: width,
      height: height,
      autosize: false,
      margin: Object.assign({}, graph.layout.margin, { t: top, b: bottom }),
      annotations: (graph.layout.annotations || []).concat([title, footer]),
    });
    return { figure: { data: graph.data, layout: layout }, width: width, height: height };
  }

  function fileName(card, kind) {
    var cut = new URLSearchParams(window.location.search).get("cut") || "newest";
    var synthetic = document.querySelector(".header .synthetic") ? "SYNTHETIC-" : "";
    var title = card.querySelector(".card-title").textContent.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
    return synthetic + window.location.pathname.split("/")[1] + "-" + cut + "-" + title + "." + kind;
  }

  function saveImage(button) {
    var card = button.closest(".card");
    var graph = card.querySelector(".js-plotly-plot");
    var kind = button.getAttribute("data-image");
    var facts = factsOf(card);
    var image = composeImage(card, graph, facts);
    window.Plotly.toImage(image.figure, { format: kind, width: image.width, height: image.height, scale: kind === "png" ? 2 : 1 }).then(function (url) {
      var link = document.createElement("a");
      link.href = window.lymphotraceStamps[kind](url, facts);
      link.download = fileName(card, kind);
      document.body.appendChild(link);
      link.click();
      link.remove();
    });
  }

  function toggleRail(button) {
    button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") === "true" ? "false" : "true");
  }

  function isPlain(event) {
    return !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
  }

  /* A link leads to what the controls say, and a download holds it: who clicks before the answer to the last choice is there has the
     click repeated when it is. */
  document.addEventListener(
    "click",
    function (event) {
      var link = event.target.closest("a[href]");
      if (!link || !isPlain(event) || link.getAttribute("href").charAt(0) === "#") {
        return;
      }
      var isLater = window.lymphotraceGuard.whenAnswered(window.lymphotraceGuard.ADDRESS, function () {
        catchUp();
        if (link.isConnected) {
          link.click();
        }
      });
      if (isLater) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true
  );

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-internal]");
    if (link && isPlain(event)) {
      event.preventDefault();
      go(link.getAttribute("href"));
      return;
    }
    var button = event.target.closest("button");
    if (!button) {
      return;
    }
    if (button.hasAttribute("data-copy-link")) {
      copyLink(button);
    } else if (button.hasAttribute("data-image")) {
      saveImage(button);
    } else if (button.hasAttribute("data-print")) {
      window.print();
    } else if (button.id === "rail-toggle") {
      toggleRail(button);
    }
  });

  /* The grid keeps the focus on its cell, never on the link inside; Enter on the cell follows the link. */
  document.addEventListener("keydown", function (event) {
    var cell = event.key === "Enter" && event.target.closest(".ag-cell");
    var link = cell && cell.querySelector("a[data-internal]");
    if (link) {
      link.click();
    }
  });

  /* The arrow keys lead to the neighbours, unless a control, a figure or a table that scrolls has the focus. */
  var STEPS = { ArrowLeft: "previous", ArrowRight: "next" };

  function takeStep(step) {
    var link = document.querySelector("a[data-step='" + step + "']");
    if (link) {
      link.click();
    }
  }

  document.addEventListener("keydown", function (event) {
    var step = STEPS[event.key];
    var free = document.activeElement === document.body || document.activeElement.id === "main" || document.activeElement.hasAttribute("data-step");
    if (!step || !free || !document.querySelector("a[data-step]") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    /* Who is quicker than the server goes on from the participant who is coming, not once more from the one who is left. */
    var guard = window.lymphotraceGuard;
    if (!guard.whenAnswered(guard.PAGE, takeStep.bind(null, step))) {
      takeStep(step);
    }
  });

  /* On paper nothing is folded away; afterwards it is as it was. */
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details[data-print-open]:not([open])").forEach(function (folded) {
      folded.open = true;
      folded.setAttribute("data-opened", "");
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-opened]").forEach(function (opened) {
      opened.open = false;
      opened.removeAttribute("data-opened");
    });
  });

  var OPENS_PARTICIPANTS = ["trajectory", "demography", "pk", "cmax", "exposure-response"]
    .concat(["survival", "survival-landmark", "survival-follow-up", "incidence", "incidence-relapse"])
    .concat(["response-sizes", "response-courses"])
    .map(function (panel) {
      return ".figure-" + panel + " .js-plotly-plot";
    })
    .join(", ");

  /* A click on a participant's point: the point carries the participant's row in the data cut. */
  function rowOf(point) {
    var detail = point.customdata;
    if (point.data.meta === "participants") {
      return typeof detail === "number" && detail >= 0 ? detail : NaN;
    }
    return detail && detail.length >= 5 ? detail[4] : NaN;
  }

  function listen(graph) {
    if (graph.lymphotraceListens || typeof graph.on !== "function") {
      return;
    }
    graph.lymphotraceListens = true;
    graph.on("plotly_click", function (event) {
      var row = rowOf(event.points[0]);
      if (isFinite(row)) {
        window.dash_clientside.set_props("clicked", { data: { row: row, at: Date.now() } });
      }
    });
  }

  function nameThePage() {
    var page = document.querySelector(".page-link-current");
    var study = document.querySelector(".registry");
    var person = document.querySelector(".person dd");
    var parts = [person && person.textContent, page && page.textContent, study && study.textContent, "Lymphotrace"];
    var title = parts.filter(Boolean).join(" · ");
    if (document.title !== title) {
      document.title = title;
    }
  }

  function followView(link) {
    if (link.search !== window.location.search) {
      link.search = window.location.search;
    }
  }

  /* The same view split otherwise: the choice of cohorts is of the split that is left behind. */
  function followSplit(link) {
    var kept = window.location.search.slice(1).split("&").filter(function (pair) {
      return pair && pair.indexOf("by=") !== 0 && pair.indexOf("cohort=") !== 0;
    });
    var split = link.getAttribute("data-split");
    var search = "?" + kept.concat(split ? ["by=" + split] : []).join("&");
    if (link.search !== search) {
      link.search = search;
    }
  }

  function look() {
    document.querySelectorAll("a[data-follows-view]").forEach(followView);
    document.querySelectorAll("a[data-split]").forEach(followSplit);
    nameThePage();
  }

  /* The address follows when the new figures are there, and the links and the name of the page with it: writing it takes the browser
     longer than anything else here, and nobody has read it before. Who reaches for a link, leaves the page or goes somewhere finds it
     written. Watching the whole document for links instead would cost thousands of notes for every figure that is redrawn. */
  var pushState = window.history.pushState;
  var unwritten = null;

  function catchUp() {
    if (unwritten) {
      var given = unwritten;
      unwritten = null;
      pushState.apply(window.history, given);
      look();
    }
  }

  window.history.pushState = function () {
    catchUp();
    unwritten = arguments;
    /* What is at work now also draws the figures. */
    window.setTimeout(catchUp);
  };
  ["pointerover", "focusin", "keydown", "click"].forEach(function (kind) {
    document.addEventListener(kind, catchUp, true);
  });
  ["pagehide", "_dashprivate_pushstate"].forEach(function (kind) {
    window.addEventListener(kind, catchUp, true);
  });
  window.addEventListener("popstate", function () {
    /* The reader went back before it was written: the view it named is left. */
    unwritten = null;
    look();
  });
  window.addEventListener("lymphotrace-drawn", look);

  /* A pointer comes before a click: only then does a figure need to know what a click means. */
  document.addEventListener("pointerover", function (event) {
    var graph = event.target.closest && event.target.closest(OPENS_PARTICIPANTS);
    if (graph) {
      listen(graph);
    }
  });
})();
