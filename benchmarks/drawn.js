/* Notes when each figure of a page was drawn: the time of every plotly_afterplot, by figure. Runs before the page's own scripts. */
(function () {
  "use strict";
  var drawn = new Map();
  var firstDrawn = Infinity;
  var library;

  function note(graph) {
    drawn.set(graph, performance.now());
    firstDrawn = Math.min(firstDrawn, performance.now());
  }

  function timed(draw) {
    return function (graph) {
      return draw.apply(this, arguments).then(function (result) {
        note(graph);
        if (!graph.benchmarkListens) {
          graph.benchmarkListens = true;
          graph.on("plotly_afterplot", function () {
            note(graph);
          });
        }
        return result;
      });
    };
  }

  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: function () {
      return library;
    },
    set: function (given) {
      library = Object.assign({}, given, { react: timed(given.react), newPlot: timed(given.newPlot) });
    },
  });

  function visible() {
    return Array.from(document.querySelectorAll(".js-plotly-plot")).filter(function (graph) {
      return graph.clientWidth > 0;
    });
  }

  function pause(milliseconds) {
    return new Promise(function (resolve) {
      window.setTimeout(resolve, milliseconds);
    });
  }

  function times(since) {
    return visible().map(function (graph) {
      return drawn.get(graph) > since ? drawn.get(graph) : Infinity;
    });
  }

  /* Resolves when `count` figures are visible, all drawn after `since`, and nothing more was drawn for half a second. */
  async function settled(count, since) {
    for (var end = performance.now() + 60000; performance.now() < end; await pause(20)) {
      var all = times(since);
      if (all.length === count && performance.now() - Math.max.apply(null, all) > 500) {
        return all;
      }
    }
    throw new Error("not all of " + count + " figures were drawn: " + times(since));
  }

  window.benchmark = {
    /* Milliseconds from the start of the navigation until the first figure was drawn, asked when `count` are. */
    first: async function (count) {
      await settled(count, 0);
      return firstDrawn;
    },
    settled: settled,
    sizes: function () {
      return visible().map(function (graph) {
        return [graph.clientWidth, graph.clientHeight];
      });
    },
    /* Click an element; milliseconds until the last of `count` figures is drawn. */
    change: async function (selector, count) {
      var begin = performance.now();
      document.querySelector(selector).click();
      return Math.max.apply(null, await settled(count, begin)) - begin;
    },
  };
})();
