/* A reader must never take an old figure for the answer to a new choice: when a request fails, the page says so, and an
   answer that a later one has overtaken is not used.
   Also tells the server which address is being opened, so that the first layout is already the right page. */
(function () {
  "use strict";
  var PAGE = "page.children";
  var failed = new Map();
  /* How often each answer was asked for. With several server processes answer 1 can come after answer 2; it is then the
     answer to a choice that no longer stands, and 204 tells Dash that it changes nothing. */
  var asked = new Map();
  var plainFetch = window.fetch.bind(window);
  var STALE = " What is shown is not what the controls say. ";
  var READER = "who is signed in";
  var LOADING = "loading";
  var BROKEN = "The answer of the server broke off.";
  var RELOAD = "Reload the page; if it happens again, report it.";
  /* A link waits no longer for an answer. */
  var LONGEST = 3000;

  /* Until the first layout is there, the page has no place of its own for this. */
  function banner() {
    var early = document.getElementById("stale-early");
    var place = document.getElementById("stale");
    if (place || (early && failed.size === 0)) {
      if (early) {
        early.remove();
      }
      return place;
    }
    if (!early && failed.size > 0) {
      early = document.createElement("div");
      early.id = "stale-early";
      early.className = "stale";
      early.setAttribute("role", "alert");
      document.body.prepend(early);
    }
    return early;
  }

  function linkToSignIn() {
    var link = document.createElement("a");
    link.href = "/sign-in?next=" + encodeURIComponent(window.location.pathname + window.location.search);
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "Sign in";
    return link;
  }

  function show() {
    var place = banner();
    document.body.classList.toggle("is-stale", failed.size > 0);
    if (!place) {
      return;
    }
    place.hidden = failed.size === 0;
    var sentence = failed.size ? Array.from(failed.values()).pop() : "";
    /* Said once: readers of the screen hear what changes here. */
    if (place.lymphotraceSays !== sentence) {
      place.lymphotraceSays = sentence;
      place.textContent = sentence;
      if (sentence.indexOf("You are signed out.") === 0 && document.querySelector("form[action='/sign-out']")) {
        place.append(" ", linkToSignIn());
      }
    }
  }

  function note(output, sentence) {
    failed.delete(output);
    if (sentence) {
      failed.set(output, sentence);
    }
    show();
  }

  function sentenceFor(response) {
    return (
      "The server could not answer (status " +
      response.status +
      ")." +
      STALE +
      RELOAD
    );
  }

  /* Panels share one pattern of outputs, so the pattern alone does not tell which of them failed. */
  function outputOf(body) {
    try {
      var request = JSON.parse(body);
      return request.output.indexOf("MATCH") < 0 ? request.output : request.output + JSON.stringify(request.outputs);
    } catch (error) {
      return "unknown";
    }
  }

  /* When path and query change together (a way back, a meeting that moves), Dash asks for the new page and, beside it, for the old page
     in step with the new query. The answer to the second would be laid over the new page. */
  function isOfLeftPage(body) {
    var request, view;
    try {
      request = JSON.parse(body);
      view = (request.state || []).filter(function (part) {
        return part.id === "view" && part.property === "data";
      })[0].value;
    } catch (error) {
      return false;
    }
    if (!view || request.output.indexOf("view.data") < 0 || String(request.changedPropIds) !== "url.search") {
      return false;
    }
    var page = "/" + view.study + "/" + (view.page === "participant" ? "participants" : view.page) + (view.subject ? "/" + view.subject : "");
    var path = window.location.pathname.replace(/\/$/, "");
    try {
      path = decodeURIComponent(path);
    } catch (error) {
      return false;
    }
    return path !== page && !(view.page === "overview" && path === "/" + view.study);
  }

  function succeed(output) {
    failed.delete(output);
    if (output === PAGE) {
      failed.clear();
    }
  }

  function announce() {
    window.dispatchEvent(new Event("lymphotrace-answered"));
  }

  function noContent() {
    return new Response(null, { status: 204 });
  }

  /* Asks until there is an answer that can be used or that no waiting makes better, and says meanwhile what is wrong. */
  function patiently(resource, options, output, isGone) {
    function send() {
      return plainFetch(resource, options);
    }
    return window.lymphotracePatience.ask(send, isGone, function (hindrance) {
      note(output, hindrance.join(output === LOADING ? " " : STALE));
    });
  }

  /* Layout and wiring: without them there is no page at all. */
  function load(resource, options) {
    return patiently(resource, options, LOADING, function () {
      return false;
    }).then(function (response) {
      announce();
      note(LOADING, response.ok ? "" : sentenceFor(response));
      return response;
    });
  }

  /* The questions on their way, with what their answers may change: the address, or the whole page. The rest of a page changes
     neither. */
  var ADDRESS = "address";
  var unanswered = new Map();
  var waiting = null;

  function subjectOf(body, output) {
    if (output === PAGE) {
      return PAGE;
    }
    return output.indexOf("view.data") >= 0 && body.indexOf('"changedPropIds":["sight.data"]') < 0 ? ADDRESS : null;
  }

  /* The question that Dash is about to ask because the path has changed. */
  var TURNING = {};

  function turn() {
    unanswered.set(TURNING, PAGE);
  }

  function isAwaited(subject) {
    return Array.from(unanswered.values()).indexOf(subject) >= 0;
  }

  /* Dash takes an answer in what follows at once; after that the page shows it. */
  function close(question) {
    window.setTimeout(function () {
      unanswered.delete(question);
      goOn();
    });
  }

  function goOn() {
    if (waiting && !isAwaited(waiting.subject)) {
      var next = waiting;
      waiting = null;
      window.clearTimeout(next.timer);
      next.act();
    }
  }

  /* Does `act` once no answer about `subject` is on its way, or after `LONGEST`; only the latest that was asked for is done. False when
     there is none, or what was asked has failed and the reader was told so; nothing is done then. */
  function whenAnswered(subject, act) {
    if (!isAwaited(subject) || failed.size > 0) {
      return false;
    }
    if (waiting) {
      window.clearTimeout(waiting.timer);
    }
    waiting = { subject: subject, act: act, timer: 0 };
    waiting.timer = window.setTimeout(function () {
      unanswered.clear();
      goOn();
    }, LONGEST);
    return true;
  }

  /* Who goes back does not want what waits any more. */
  window.addEventListener("popstate", function () {
    if (waiting) {
      window.clearTimeout(waiting.timer);
      waiting = null;
    }
  });

  /* An answer with its content read, so that nothing can come between the last look whether it is still wanted and its use. */
  function withContent(response) {
    if (response.status !== 200) {
      return Promise.resolve(response);
    }
    return response.json().then(
      function (content) {
        response.json = function () {
          return Promise.resolve(content);
        };
        return response;
      },
      function () {
        return null;
      }
    );
  }

  function update(resource, options) {
    var output = outputOf(options && options.body);
    var number = (asked.get(output) || 0) + 1;
    asked.set(output, number);
    var moves = asked.get(PAGE);
    function isOvertaken() {
      return asked.get(output) !== number;
    }
    /* An answer is not for a page that has come since. */
    function isLeft() {
      return isOvertaken() || asked.get(PAGE) !== moves;
    }
    window.lymphotracePatience.sweep();
    if (isOfLeftPage(options && options.body)) {
      return Promise.resolve(noContent());
    }
    var first = window.lymphotraceSight.split(options.body);
    var question = {};
    unanswered.set(question, subjectOf(options.body, output));
    if (output === PAGE) {
      unanswered.delete(TURNING);
    }
    return patiently(resource, first ? first(options) : options, output, isLeft)
      .then(withContent)
      .then(function (response) {
        close(question);
        if (isLeft()) {
          return noContent();
        }
        announce();
        if (!response) {
          failed.set(output, BROKEN + STALE + RELOAD);
        } else if (response.ok) {
          succeed(output);
        } else {
          failed.set(output, sentenceFor(response));
        }
        show();
        if (first && response && response.status === 200) {
          window.lymphotraceSight.askForTheRest(isLeft);
        }
        return response || noContent();
      });
  }

  window.lymphotraceGuard = { whenAnswered: whenAnswered, turn: turn, ADDRESS: ADDRESS, PAGE: PAGE };

  window.lymphotracePatience.onReader(function (hindrance) {
    note(READER, hindrance ? hindrance.join(" ") : "");
  });

  window.fetch = function (resource, options) {
    var address = typeof resource === "string" ? resource : resource.url;
    if (address.indexOf("_dash-update-component") >= 0) {
      return update(resource, options);
    }
    if (address.indexOf("_dash-layout") >= 0) {
      options = options || {};
      options.headers = Object.assign({}, options.headers, {
        "X-Lymphotrace-Address": window.location.pathname + window.location.search,
      });
    }
    if (address.indexOf("_dash-layout") >= 0 || address.indexOf("_dash-dependencies") >= 0) {
      return load(resource, options);
    }
    return plainFetch(resource, options).then(function (response) {
      announce();
      return response;
    });
  };
})();
