/* A reader must never take an old figure for the answer to a new choice: when a request fails, the page says so, and an
   answer that a later one has overtaken is not used.
   Also tells the server which address is being opened, so that the first layout is already the right page. */
(function () {
  "use strict";
  var failed = new Map();
  /* How often each answer was asked for. With several server processes answer 1 can come after answer 2; it is then the
     answer to a choice that no longer stands, and 204 tells Dash that it changes nothing. */
  var asked = new Map();
  var plainFetch = window.fetch.bind(window);

  function banner() {
    return document.getElementById("stale");
  }

  function show() {
    var place = banner();
    document.body.classList.toggle("is-stale", failed.size > 0);
    if (!place) {
      return;
    }
    place.hidden = failed.size === 0;
    var sentence = failed.size ? Array.from(failed.values()).pop() : "";
    if (place.textContent !== sentence) {
      place.textContent = sentence;
    }
  }

  function sentenceFor(response) {
    if (!response) {
      return "The server cannot be reached. What is shown is not what the controls say. Check the connection, then change a choice or reload the page.";
    }
    if (response.status === 401) {
      return "You are signed out. What is shown is not what the controls say. Reload the page to sign in; the same view opens again.";
    }
    return (
      "The server could not answer (status " +
      response.status +
      "). What is shown is not what the controls say. Reload the page; if it happens again, report it."
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

  function succeed(output) {
    failed.delete(output);
    if (output === "page.children") {
      failed.clear();
    }
  }

  function announce() {
    window.dispatchEvent(new Event("lymphotrace-answered"));
  }

  window.fetch = function (resource, options) {
    var address = typeof resource === "string" ? resource : resource.url;
    if (address.indexOf("_dash-layout") >= 0) {
      options = options || {};
      options.headers = Object.assign({}, options.headers, {
        "X-Lymphotrace-Address": window.location.pathname + window.location.search,
      });
    }
    if (address.indexOf("_dash-update-component") < 0) {
      return plainFetch(resource, options).then(function (response) {
        announce();
        return response;
      });
    }
    var output = outputOf(options && options.body);
    var number = (asked.get(output) || 0) + 1;
    asked.set(output, number);
    return plainFetch(resource, options).then(
      function (response) {
        if (asked.get(output) !== number) {
          return new Response(null, { status: 204 });
        }
        announce();
        if (response.ok) {
          succeed(output);
        } else {
          failed.set(output, sentenceFor(response));
        }
        show();
        /* Dash reads the body of a 401 twice, which is an error; the banner has said what is wrong. */
        return response.status === 401 ? new Response(null, { status: 204 }) : response;
      },
      function (error) {
        if (asked.get(output) !== number) {
          return new Response(null, { status: 204 });
        }
        failed.set(output, sentenceFor(null));
        show();
        throw error;
      }
    );
  };

})();
