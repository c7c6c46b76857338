/* What a page does when an answer does not come: it says so, asks again by itself, and goes on where the reader was.
   A server that is away is asked again after a second, then less often. A reader who is signed out is waited for. */
(function () {
  "use strict";
  /* A reader must hear of it within three seconds. */
  var SLOW = 2500;
  var WAITS = [1000, 2000, 3000];
  /* 429: too many views in a short time. */
  var PASSING = [429, 502, 503, 504];
  var UNANSWERED = ["The server has not answered yet.", "This page goes on by itself as soon as it does."];
  var AWAY = ["The server cannot be reached.", "It is asked again every few seconds, and this page goes on by itself."];
  var SIGNED_OUT = ["You are signed out.", "Sign in, also in another tab, and this page goes on by itself."];
  var plainFetch = window.fetch.bind(window);
  var sleepers = new Set();
  var channel = new BroadcastChannel("lymphotrace-readers");
  var reader = "";
  var isReaderGone = false;
  var looks = 0;
  var tellOfReader = function () {};

  function nothing() {
    return new Response(null, { status: 204 });
  }

  function refused(response) {
    return ["The server cannot answer at the moment (status " + response.status + ").", AWAY[1]];
  }

  function changed(name) {
    return [
      "“" + name + "” has signed in in this browser; this page was opened by “" + reader + "”.",
      "Reload the page to go on as “" + name + "”, or sign in as “" + reader + "” again.",
    ];
  }

  /* What stands in the way of using an answer, in two sentences; null when nothing does. */
  function hindranceOf(response) {
    var name = response && response.headers.get("X-Lymphotrace-Reader");
    if (!response) {
      return AWAY;
    }
    if (PASSING.indexOf(response.status) >= 0) {
      return refused(response);
    }
    if (response.status === 401) {
      return SIGNED_OUT;
    }
    reader = reader || name || "";
    return name && name !== reader ? changed(name) : null;
  }

  function isAboutReaders(hindrance) {
    return hindrance[1] !== AWAY[1];
  }

  function sleep(request, milliseconds) {
    return new Promise(function (resolve) {
      var sleeper = { isGone: request.isGone, wake: wake };
      var timer = milliseconds ? window.setTimeout(wake, milliseconds) : 0;
      function wake() {
        window.clearTimeout(timer);
        sleepers.delete(sleeper);
        resolve();
      }
      sleepers.add(sleeper);
    });
  }

  function attempt(request) {
    var slow = window.setTimeout(function () {
      if (!request.failures && !request.isGone()) {
        request.tell(UNANSWERED);
      }
    }, SLOW);
    return request.send().then(
      function (response) {
        window.clearTimeout(slow);
        return judge(request, response);
      },
      function () {
        window.clearTimeout(slow);
        return judge(request, null);
      }
    );
  }

  function judge(request, response) {
    var hindrance = hindranceOf(response);
    if (request.isGone()) {
      return nothing();
    }
    if (!hindrance) {
      return response;
    }
    request.tell(hindrance);
    var wait = isAboutReaders(hindrance) ? 0 : WAITS[Math.min(request.failures, WAITS.length - 1)];
    request.failures += 1;
    return sleep(request, wait).then(function () {
      return request.isGone() ? nothing() : attempt(request);
    });
  }

  /* The answer to `send`, however long that takes. `isGone`: whether the question no longer stands; its answer is then one of status 204.
     `tell` is called with two sentences whenever there is something to say. */
  function ask(send, isGone, tell) {
    return attempt({ send: send, isGone: isGone, tell: tell, failures: 0 });
  }

  function wakeAll() {
    sleepers.forEach(function (sleeper) {
      sleeper.wake();
    });
  }

  /* Ends the waiting of questions that no longer stand. */
  function sweep() {
    sleepers.forEach(function (sleeper) {
      if (sleeper.isGone()) {
        sleeper.wake();
      }
    });
  }

  /* Who is signed in now? Asked only when another tab says that this may have changed. */
  function lookForReader() {
    looks += 1;
    var look = looks;
    plainFetch("/api/v1/studies").then(
      function (response) {
        var hindrance = hindranceOf(response);
        /* Of two looks the later one knows. */
        if (look !== looks) {
          return;
        }
        if (!hindrance || isAboutReaders(hindrance)) {
          isReaderGone = hindrance !== null;
          tellOfReader(hindrance);
        }
        if (!hindrance) {
          wakeAll();
        }
      },
      function () {
        return null;
      }
    );
  }

  function isSigningIn() {
    return document.querySelector("form[action='/sign-out']") !== null;
  }

  channel.onmessage = function (message) {
    if (isSigningIn()) {
      /* Signing out takes the server a moment; so it is asked more than once. */
      (message.data === "leaving" ? [200, 1000, 2200] : [0]).forEach(function (later) {
        window.setTimeout(lookForReader, later);
      });
    }
  };
  document.addEventListener("submit", function (event) {
    if (event.target.getAttribute("action") === "/sign-out") {
      channel.postMessage("leaving");
    }
  });
  ["focus", "online", "pageshow"].forEach(function (name) {
    window.addEventListener(name, function () {
      wakeAll();
      if (isReaderGone) {
        lookForReader();
      }
    });
  });
  /* Who sees this document is signed in, where that is asked for. */
  channel.postMessage("opened");

  window.lymphotracePatience = {
    ask: ask,
    sweep: sweep,
    isSignedOut: function (hindrance) {
      return hindrance === SIGNED_OUT;
    },
    onReader: function (tell) {
      tellOfReader = tell;
    },
  };
})();
