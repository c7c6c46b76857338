/* A long page is answered in two parts: first what the reader has in sight, then the rest, so that nobody waits for figures that
   are not on the screen. What is out of sight is hidden until its answer is there, so that no old figure stands under a new choice. */
(function () {
  "use strict";
  var HEADER = "X-Lymphotrace-Sight";
  var ASKS_AGAIN = "sight.data";
  /* So many parts are answered as fast as the browser finds out which of them are in sight. */
  var FEW = 5;
  var EVERY_MS = 20;
  var TIMES = 500;

  function elementOf(id) {
    var place = id.panel === undefined ? { review: id["review-mark"] } : { panel: id.panel, part: "card", subject: id.subject };
    return document.getElementById(JSON.stringify(place));
  }

  /* What is hidden by choice has no place on the page; if it is to be shown again, it is wanted at once. */
  function isInSight(id) {
    var element = elementOf(id);
    var box = element && element.getBoundingClientRect();
    return !box || (box.width === 0 && box.height === 0) || (box.top < window.innerHeight && box.bottom > 0);
  }

  function nameOf(id) {
    return encodeURIComponent(id.panel === undefined ? "review/" + id["review-mark"] : id.panel + "/" + id.subject);
  }

  /* The panels and listings that a request may draw are those whose marks it may change. */
  function partsOf(request) {
    return [].concat
      .apply([], [].concat(request.outputs || []))
      .filter(function (output) {
        return output.property === "shown" || (output.property === "className" && output.id["review-mark"] !== undefined);
      })
      .map(function (output) {
        return output.id;
      });
  }

  function read(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      return {};
    }
  }

  /* Makes of a request one for what is in sight; null where that is everything, and for a request for the rest. */
  function split(text) {
    var request = read(text);
    var parts = partsOf(request);
    if (parts.length <= FEW || String(request.changedPropIds) === ASKS_AGAIN) {
      return null;
    }
    var seen = parts.filter(isInSight);
    if (seen.length === parts.length) {
      return null;
    }
    return function (options) {
      var headers = Object.assign({}, options.headers);
      headers[HEADER] = seen.map(nameOf).join(",");
      return Object.assign({}, options, { headers: headers });
    };
  }

  /* The rest is asked for once the first part stands, unless something newer has been asked meanwhile. */
  function askForTheRest(isOvertaken) {
    (function attempt(left) {
      if (isOvertaken() || left === 0) {
        return;
      }
      if (document.querySelector(".waiting")) {
        window.requestAnimationFrame(function () {
          window.setTimeout(function () {
            if (!isOvertaken()) {
              window.dash_clientside.set_props("sight", { data: Date.now() });
            }
          });
        });
      } else {
        window.setTimeout(attempt, EVERY_MS, left - 1);
      }
    })(TIMES);
  }

  window.lymphotraceSight = { split: split, askForTheRest: askForTheRest };
})();
